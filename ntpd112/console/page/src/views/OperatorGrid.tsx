import { act } from "../act.ts"
import { setPresenceOf } from "../api.ts"
import type { Operator, Presence } from "../contract.ts"
import { messages, t } from "../i18n/messages.ts"
import { operators } from "../store/state.ts"
import { BreakChoice } from "./BreakChoice.tsx"
import { HoldButton } from "./HoldButton.tsx"
import { KeyButton } from "./KeyButton.tsx"
import { Icon } from "./Icon.tsx"
import { Listen } from "./Listen.tsx"
import { Nothing } from "./Nothing.tsx"
import { said, Status, StatusTime } from "./Status.tsx"

export function OperatorGrid() {
  const all = operators.value
  return (
    <section class="panel operators" aria-labelledby="operators-title">
      <h2 id="operators-title">
        {t("operators")} <span class="count">{all.length}</span>
      </h2>
      {all.length === 0 && <Nothing text={t("noOperators")} />}
      <ul class="scroll" tabIndex={0} aria-labelledby="operators-title">
        {all.map((operator) => (
          <Card key={operator.operator} operator={operator} />
        ))}
      </ul>
    </section>
  )
}

function Card({ operator }: { operator: Operator }) {
  const set = (presence: Presence) => {
    void act("presenceFailed", () => setPresenceOf(operator.operator, presence))
  }
  const is = (presence: Presence) => operator.presence === presence
  return (
    <li class={`card ${said(operator).kind}`}>
      <div class="doing">
        <h3>
          {operator.name} <span class="quiet">{operator.operator}</span>
        </h3>
        <span class="calls-today quiet">
          <Icon name="phone" />
          <span aria-hidden="true">{operator.calls}</span>
          <span class="hidden">{messages.value.callsToday(operator.calls)}</span>
        </span>
      </div>
      <p class="doing">
        <Status operator={operator} />
        <StatusTime operator={operator} />
      </p>
      <div class="buttons" role="group" aria-label={messages.value.setPresence(operator.name)}>
        <KeyButton kind="small" label={t("available")} pressed={is("available")} act={() => set("available")} />
        <BreakChoice operator={operator} />
        <HoldButton kind="small" label={t("loggedOut")} pressed={is("logged_out")} act={() => set("logged_out")} />
      </div>
      <Listen operator={operator} />
    </li>
  )
}
