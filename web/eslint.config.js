import js from '@eslint/js'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'

export default tseslint.config(
  { ignores: ['node_modules/', 'src/api/schema.ts', 'src/live/schema.ts'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  vue.configs['flat/recommended'],
  accessibility.configs['flat/recommended'],
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        parser: tseslint.parser,
        projectService: { allowDefaultProject: ['*.js'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      // numbers in a template string need no conversion by hand
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => doThing()` as an event handler is how Vue templates and callbacks are written
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // vue-i18n's functions are made to be taken apart
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.vue'],
    rules: {
      'max-lines': ['error', { max: 250 }],
      // vue-tsc checks names in templates and scripts; ESLint sees each block alone
      'no-undef': 'off',
      // it does not see which props may be left out
      '@typescript-eslint/no-useless-default-assignment': 'off',
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-v-html': 'error',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always' } }],
      'vue/multiline-html-element-content-newline': 'off',
      // a label may hold its field, or point at it: both are read out
      'vuejs-accessibility/label-has-for': ['error', { controlComponents: ['ElInput', 'ElInputNumber', 'ElSwitch', 'WholeNumber'], required: { some: ['nesting', 'id'] } }],
      // it is nothing but text
      'vuejs-accessibility/heading-has-content': ['error', { accessibleChildren: ['AddressText'] }],
      // a dialog or form that was just asked for takes the keyboard to its first field
      'vuejs-accessibility/no-autofocus': 'off',
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked], languageOptions: { globals: globals.node } },
)
