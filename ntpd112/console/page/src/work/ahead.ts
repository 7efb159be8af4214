/** What is typed after a call was answered and before its form is there: it is written into the form then. */

let ahead = ""

export function typeAhead(letter: string): void {
  ahead += letter
}

/** What was typed so far; it is forgotten here. */
export function typedAhead(): string {
  const text = ahead
  ahead = ""
  return text
}
