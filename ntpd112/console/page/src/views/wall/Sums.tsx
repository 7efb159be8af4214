/** Today's calls. */

import type { WallToday } from "../../contract.ts"
import { t } from "../../i18n/messages.ts"
import { Count } from "./Figure.tsx"

export function Sums({ today }: { today: WallToday }) {
  return (
    <section class="panel today">
      <h2>
        {t("wallToday")} <span class="quiet">{t("wallFinished")}</span>
      </h2>
      <Sum name={t("wallArrived")} of={today.arrived} />
      <Sum name={t("wallAnswered")} of={today.answered} />
      <Sum name={t("wallAbandoned")} of={today.abandoned} />
    </section>
  )
}

function Sum({ name, of }: { name: string; of: number }) {
  return (
    <div class="line">
      <h3>{name}</h3>
      <Count of={of} />
    </div>
  )
}
