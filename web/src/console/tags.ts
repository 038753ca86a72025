/** Tags as people write them in one line. Pure. */

/** Separated by commas of either script; each once. */
export const tagsIn = (line: string): string[] => [...new Set(line.split(/[,;，；、]/).map((tag) => tag.trim()).filter(Boolean))]
