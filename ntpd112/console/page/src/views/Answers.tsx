/** The keys by which a caller answers who cannot speak: large, each with its meaning, and heard as a tone. */

import { useEffect } from "preact/hooks"
import type { Call } from "../contract.ts"
import { t } from "../i18n/messages.ts"
import { keyTone } from "../phone/sounds.ts"

const SHOWN = 3
const MEANINGS: Readonly<Record<string, "answer1" | "answer2" | "answer3" | "answer4" | "answer5">> = {
  "1": "answer1", "2": "answer2", "3": "answer3", "4": "answer4", "5": "answer5",
}

export function Answers({ call }: { call: Call }) {
  const answers = call.answers
  useEffect(() => {
    if (answers !== "") keyTone()
  }, [answers])
  if (answers === "") return null
  const last = [...answers].slice(-SHOWN)
  return (
    <p class="answers" role="status">
      <span>{t("pressed")}</span>
      {last.map((digit, index) => {
        const meaning = MEANINGS[digit]
        return (
          <strong key={`${answers.length - last.length + index}`}>
            {digit} {meaning && t(meaning)}
          </strong>
        )
      })}
    </p>
  )
}
