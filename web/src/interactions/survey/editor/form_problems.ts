/** What a host must still mend before a survey can be saved. Pure. */
import { hasOptions, mayBeMultiple, mayHaveAccepted, mayHaveRightOptions, type SurveyKind } from './kinds'
import { acceptedForms, FEWEST_OPTIONS, LARGEST_SCALE, optionsOf, SMALLEST_SCALE, type QuestionForm } from './question_form'
import { questionsOf, scoreOf, type SurveyForm } from './survey_form'

const MOST_ACCEPTED = 20
const LONGEST_ACCEPTED = 200

export type Problem =
  | 'needTitle'
  | 'needQuestion'
  | 'needOption'
  | 'needText'
  | 'needCaption'
  | 'needPicture'
  | 'needSeconds'
  | 'needRight'
  | 'rightCount'
  | 'leastOverMost'
  | 'mostOverAll'
  | 'scaleRange'
  | 'tooManyAccepted'
  | 'acceptedTooLong'

/** Where (by the path the server uses too: questions[2].options[1]) → what. In the order of the form. */
export type Problems = ReadonlyMap<string, Problem>

export function problemsOf(form: SurveyForm): Problems {
  const found: [string, Problem][] = questionsOf(form).flatMap((question, index) => questionProblems(form.kind, question, `questions[${index}]`))
  if (!form.title.trim()) found.push(['title', 'needTitle'])
  if (form.limitS === 'other' && !form.otherLimitS) found.push(['time_limit_s', 'needSeconds'])
  return new Map(found)
}

function questionProblems(kind: SurveyKind, question: QuestionForm, at: string): [string, Problem][] {
  const found: [string, Problem][] = []
  if (!question.title.trim()) found.push([`${at}.title`, 'needQuestion'])
  found.push(...optionProblems(question, at))
  if (mayBeMultiple(question.type) && question.multiple) {
    const { least = 1, most = question.options.length } = question
    const right = question.options.filter((option) => option.right).length
    if (most > question.options.length) found.push([`${at}.most`, 'mostOverAll'])
    else if (least > most) found.push([`${at}.most`, 'leastOverMost'])
    else if (mayHaveRightOptions(kind, question.type) && right > 0 && (right < least || right > most)) found.push([`${at}.right_options`, 'rightCount'])
  }
  if (needsRight(kind, question)) found.push([`${at}.right_options`, 'needRight'])
  if (question.type === 'rating' && !(question.scale >= SMALLEST_SCALE && question.scale <= LARGEST_SCALE)) found.push([`${at}.scale`, 'scaleRange'])
  if (mayHaveAccepted(kind, question.type)) {
    const forms = acceptedForms(question)
    if (forms.length > MOST_ACCEPTED) found.push([`${at}.accepted`, 'tooManyAccepted'])
    else if (forms.some((form) => form.length > LONGEST_ACCEPTED)) found.push([`${at}.accepted`, 'acceptedTooLong'])
  }
  return found
}

/** In an exam, points for a choice need an option that earns them. */
function needsRight(kind: SurveyKind, question: QuestionForm): boolean {
  const judged = hasOptions(question.type) && question.type !== 'combined'
  return kind === 'exam' && judged && scoreOf(kind, question) > 0 && !optionsOf(question).some(({ right }) => right)
}

function optionProblems(question: QuestionForm, at: string): [string, Problem][] {
  const options = optionsOf(question)
  const removable = question.type !== 'true_false' && options.length > FEWEST_OPTIONS
  return options.flatMap(({ text, picture }, index): [string, Problem][] => {
    const found: [string, Problem][] = []
    if (!text.trim()) found.push([`${at}.options[${index}]`, picture ? 'needCaption' : removable ? 'needOption' : 'needText'])
    if (question.type === 'picture_choice' && !picture) found.push([`${at}.option_pictures[${index}]`, 'needPicture'])
    return found
  })
}

/** The question a path belongs to; null: it belongs to the survey itself. */
export function questionOfPath(path: string): number | null {
  const found = /^questions\[(\d+)\]/.exec(path)
  return found ? Number(found[1]) : null
}
