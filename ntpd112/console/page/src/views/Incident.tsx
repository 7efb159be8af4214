/** What the operator works on: who calls while it rings, the form while they speak, and what it was afterwards. */

import { t } from "../i18n/messages.ts"
import { useText } from "../keys.ts"
import { talking } from "../phone/phone.ts"
import { call, rings } from "../store/state.ts"
import { typeAhead } from "../work/ahead.ts"
import { work } from "../work/work.ts"
import { CallHead } from "./CallHead.tsx"
import { Classify } from "./Classify.tsx"
import { Form } from "./Form.tsx"
import { Known } from "./Known.tsx"

export function Incident() {
  const own = call.value
  const current = rings.value ? null : work.value
  const speaks = own !== null && !rings.value
  const isOfCall = speaks && current?.call === own.call_id
  useText(typeAhead, !isOfCall && (speaks || talking.value))
  return (
    <section class="panel incident" aria-labelledby="incident-title">
      <h2 id="incident-title">{t(rings.value ? "caller" : "incident")}</h2>
      {current !== null && <CallHead />}
      <div class="scroll">
        {own !== null && <Known />}
        {current !== null && !speaks && <Classify />}
        {current !== null && <Form takesText spoken={isOfCall ? current.incident : null} />}
      </div>
    </section>
  )
}

export function worksOnSomething(): boolean {
  return call.value !== null || work.value !== null
}
