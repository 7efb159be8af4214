/** What the operator works on: who calls while it rings, the form while they speak, and what it was afterwards. */

import { t } from "../i18n/messages.ts"
import { call, rings } from "../store/state.ts"
import { work } from "../work/work.ts"
import { Classify } from "./Classify.tsx"
import { Form } from "./Form.tsx"
import { Known } from "./Known.tsx"

export function Incident() {
  const speaks = call.value !== null && !rings.value
  return (
    <section class="panel incident" aria-labelledby="incident-title">
      <h2 id="incident-title">{t(rings.value ? "caller" : "incident")}</h2>
      <div class="scroll">
        {call.value !== null && <Known />}
        {work.value !== null && !speaks && !rings.value && <Classify />}
        {work.value !== null && !rings.value && <Form />}
      </div>
    </section>
  )
}

export function worksOnSomething(): boolean {
  return call.value !== null || work.value !== null
}
