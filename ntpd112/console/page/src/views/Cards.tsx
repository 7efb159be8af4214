/** What to ask, by the kind of emergency; and how to ask somebody who cannot speak. */

import { inLanguage } from "../i18n/city.ts"
import { t } from "../i18n/messages.ts"
import { kindOf, questions } from "../i18n/questions.ts"
import { language } from "../store/settings.ts"
import { call, room } from "../store/state.ts"
import { incident } from "../work/work.ts"

const ANSWERS: Readonly<Record<string, "answer1" | "answer2" | "answer3" | "answer4" | "answer5">> = {
  "1": "answer1", "2": "answer2", "3": "answer3", "4": "answer4", "5": "answer5",
}

export function Cards() {
  const type = incident.value?.type ?? call.value?.type ?? null
  const city = room.value.types.find((one) => one.type === type)?.questions ?? {}
  const asked = inLanguage(city, language.value) ?? questions.value[kindOf(type)]
  return (
    <div class="cards">
      <details open>
        <summary>{t("questions")}</summary>
        <ol>
          {asked.map((question) => (
            <li key={question}>{question}</li>
          ))}
        </ol>
      </details>
      <details>
        <summary>{t("silentCaller")}</summary>
        <p>{t("silentScript")}</p>
        <Pressed />
        <p class="quiet">{t("silentNever")}</p>
      </details>
    </div>
  )
}

/** The keys that the caller has pressed since an operator speaks with them. */
function Pressed() {
  const digits = call.value?.digits ?? ""
  if (digits === "") return null
  return (
    <p role="status">
      <strong>{t("pressed")}</strong>{" "}
      {[...digits].map((digit) => `${digit} ${digit in ANSWERS ? t(ANSWERS[digit] ?? "answer1") : ""}`.trim()).join(", ")}
    </p>
  )
}
