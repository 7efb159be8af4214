/** The supervisor's page. */

import { t } from "../i18n/messages.ts"
import { canBeRung, isOnDuty, isUnanswered } from "../store/select.ts"
import { calls, nobodyOnDuty, operators, waiting } from "../store/state.ts"
import { CallTable } from "./CallTable.tsx"
import { OperatorGrid } from "./OperatorGrid.tsx"
import { Waited } from "./Time.tsx"

export function Overview() {
  return (
    <main class="overview">
      <Sums />
      <CallTable />
      <OperatorGrid />
    </main>
  )
}

function Sums() {
  const oldest = waiting.value.reduce<number | null>(
    (first, call) => (first === null || call.arrived_at < first ? call.arrived_at : first),
    null,
  )
  return (
    <dl class="sums">
      <Sum name={t("sumWaiting")}>{waiting.value.length}</Sum>
      <Sum name={t("sumLongest")}>{oldest === null ? "0:00" : <Waited at={oldest} />}</Sum>
      <Sum name={t("sumTalking")}>{calls.value.filter((call) => !isUnanswered(call)).length}</Sum>
      <Sum name={t("sumFree")}>{operators.value.filter(canBeRung).length}</Sum>
      <Sum name={t("sumOnDuty")} bad={nobodyOnDuty.value}>
        {operators.value.filter(isOnDuty).length}
      </Sum>
    </dl>
  )
}

interface SumProps {
  readonly name: string
  readonly bad?: boolean
  readonly children: preact.ComponentChildren
}

function Sum({ name, bad = false, children }: SumProps) {
  return (
    <div class={bad ? "panel bad" : "panel"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
