/** What a person has put into a control, from its event. */
export function textOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

export function numberOf(event: Event): number {
  return Number(textOf(event));
}

export function isChecked(event: Event): boolean {
  return (event.target as HTMLInputElement).checked;
}
