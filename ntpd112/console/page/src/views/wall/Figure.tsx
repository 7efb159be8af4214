/** A number that counts; a dash when it is not known. */

import { language } from "../../store/settings.ts"
import { number } from "../../when.ts"

export function Count({ of, known = true }: { of: number; known?: boolean }) {
  return <p class="figure">{known ? number(of, language.value) : "–"}</p>
}
