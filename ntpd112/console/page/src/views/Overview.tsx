/** The supervisor's page. */

import { t } from "../i18n/messages.ts"
import { canBeRung, isUnanswered } from "../store/select.ts"
import { calls, operators, waiting } from "../store/state.ts"
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
  const onDuty = operators.value.filter((operator) => operator.presence === "available")
  return (
    <dl class="sums">
      <Sum name={t("sumWaiting")}>{waiting.value.length}</Sum>
      <Sum name={t("sumLongest")}>{oldest === null ? "0:00" : <Waited at={oldest} />}</Sum>
      <Sum name={t("sumTalking")}>{calls.value.filter((call) => !isUnanswered(call)).length}</Sum>
      <Sum name={t("sumFree")}>{operators.value.filter(canBeRung).length}</Sum>
      <Sum name={t("sumOnDuty")}>{onDuty.length}</Sum>
    </dl>
  )
}

function Sum({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="panel">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
