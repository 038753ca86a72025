/** An address as people read and type it. */
export const withoutScheme = (url: string): string => url.replace(/^https?:\/\//, '')
