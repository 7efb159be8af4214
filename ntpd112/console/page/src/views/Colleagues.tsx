import { messages, t } from "../i18n/messages.ts"
import { others } from "../store/state.ts"
import { Nothing } from "./Nothing.tsx"
import { Status, StatusTime } from "./Status.tsx"

export function Colleagues() {
  const all = others.value
  return (
    <section class="panel colleagues" aria-labelledby="colleagues-title">
      <h2 id="colleagues-title">{t("colleagues")}</h2>
      {all.length === 0 ? (
        <Nothing text={t("noColleagues")} />
      ) : (
        <ul class="scroll" tabIndex={0} aria-labelledby="colleagues-title">
          {all.map((operator) => (
            <li key={operator.operator}>
              <span class="name">
                {operator.name} <span class="quiet">{operator.operator}</span>
              </span>
              <span class="doing">
                <Status operator={operator} />
                <StatusTime operator={operator} />
              </span>
              <span class="hidden">{messages.value.callsToday(operator.calls)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
