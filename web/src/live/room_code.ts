/** A join code as the server reads it, whatever somebody typed. known.js has the same. */
export const readCode = (typed: string): string => typed.replace(/[-\s]/g, '').toLowerCase()
