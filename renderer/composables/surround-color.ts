/** The theme's color beside an image, as the canvas takes it: red, green, blue, 0..1. */
export function surroundColor(): [number, number, number] {
  const color = getComputedStyle(document.documentElement).getPropertyValue('--surround').trim();
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}
