/** What to ask, by the kind of emergency; and how to ask somebody who cannot speak. */

import { useEffect, useState } from "preact/hooks"
import { inLanguage } from "../i18n/city.ts"
import { t } from "../i18n/messages.ts"
import { kindOf, questions } from "../i18n/questions.ts"
import { silentS } from "../phone/phone.ts"
import { language } from "../store/settings.ts"
import { call, room } from "../store/state.ts"
import { incident } from "../work/work.ts"

/** A caller who has said nothing for so long is asked in another way. */
const SILENT_S = 5

export function Cards() {
  const type = incident.value?.type ?? call.value?.type ?? null
  const city = room.value.types.find((one) => one.type === type)?.questions ?? {}
  const asked = inLanguage(city, language.value) ?? questions.value[kindOf(type)]
  const silent = useSilence()
  return (
    <div class="cards">
      {silent && <Silent open />}
      <details open={!silent}>
        <summary>{t("questions")}</summary>
        <ol>
          {asked.map((question) => (
            <li key={question}>{question}</li>
          ))}
        </ol>
      </details>
      {!silent && <Silent open={false} />}
    </div>
  )
}

/** Once somebody was silent, or answers by keys, the card stays open: it does not jump about while one reads. */
function useSilence(): boolean {
  const [silent, note] = useState(false)
  const now = silentS.value >= SILENT_S || (call.value?.unheard ?? []).includes("") || (call.value?.answers ?? "") !== ""
  useEffect(() => {
    if (now) note(true)
  }, [now])
  return silent || now
}

function Silent({ open }: { open: boolean }) {
  return (
    <details open={open} class="silent">
      <summary>{t("silentCaller")}</summary>
      <p>{t("silentScript")}</p>
      <p class="quiet">{t("silentNever")}</p>
    </details>
  )
}
