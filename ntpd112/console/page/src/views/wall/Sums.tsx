/** Today's calls. */

import type { WallToday } from "../../contract.ts"
import { t } from "../../i18n/messages.ts"
import { language } from "../../store/settings.ts"
import { share } from "../../store/wall_select.ts"
import { percent } from "../../when.ts"
import { Count } from "./Figure.tsx"

export function Sums({ today, known }: { today: WallToday; known: boolean }) {
  const gaveUp = share(today.abandoned, known ? today.arrived : 0, 0).percent
  return (
    <section class="panel today">
      <h2>
        {t("wallToday")} <span class="quiet">{t("wallFinished")}</span>
      </h2>
      <Sum name={t("wallArrived")} of={today.arrived} known={known} />
      <Sum name={t("wallAnswered")} of={today.answered} known={known} />
      <Sum name={t("wallAbandoned")} of={today.abandoned} known={known} share={gaveUp} />
    </section>
  )
}

interface Props {
  readonly name: string
  readonly of: number
  readonly known: boolean
  readonly share?: number | null
}

function Sum({ name, of, known, share = null }: Props) {
  return (
    <div class="line">
      <h3>
        {name} {share !== null && <span class="quiet">{percent(share, language.value)}</span>}
      </h3>
      <Count of={of} known={known} />
    </div>
  )
}
