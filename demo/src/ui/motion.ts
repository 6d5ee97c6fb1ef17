/** Whether figures may move before anybody has asked them to. */
export function movesByItself(): boolean {
  return !matchMedia('(prefers-reduced-motion: reduce)').matches;
}
