/** How a page may scroll by itself: gliding, unless the person has asked for less motion. */
export const scrolling = (): ScrollBehavior => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth')
