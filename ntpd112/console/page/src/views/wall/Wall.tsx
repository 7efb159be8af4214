/** The big screen of the Live Room: read from ten metres, touched by nobody. */

import { t } from "../../i18n/messages.ts"
import { wall } from "../../store/wall.ts"
import { isUnstaffed } from "../../store/wall_select.ts"
import { Front } from "./Front.tsx"
import { HourChart } from "./HourChart.tsx"
import { Incidents } from "./Incidents.tsx"
import { OperatorTiles } from "./OperatorTiles.tsx"
import { Shares } from "./Shares.tsx"
import { Sums } from "./Sums.tsx"
import { Types } from "./Types.tsx"
import { WallHeader } from "./WallHeader.tsx"

export function Wall() {
  const shown = wall.value
  return (
    <div class="wall">
      <WallHeader />
      {shown === null ? (
        <main class="wall-empty">{t("loading")}</main>
      ) : (
        <main class="wall-main">
          <Front waiting={shown.waiting} since={shown.waiting_since} unstaffed={isUnstaffed(shown.operators)} />
          <Shares today={shown.today} known={shown.records_read} />
          <OperatorTiles operators={shown.operators} />
          <Sums today={shown.today} known={shown.records_read} />
          <Types types={shown.today.types} />
          <HourChart hours={shown.today.hours} />
          <Incidents incidents={shown.incidents} zone={shown.timezone} />
        </main>
      )}
    </div>
  )
}
