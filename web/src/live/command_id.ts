/** Ids of commands: 22 random characters of A-Z a-z 0-9 _ -, so unguessable that one may stand for a viewer who has no token yet. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'

export function commandId(): string {
  // getRandomValues works on plain http too, which randomUUID does not: a hall's network often has no certificate
  return Array.from(crypto.getRandomValues(new Uint8Array(22)), (byte) => ALPHABET.charAt(byte & 63)).join('')
}
