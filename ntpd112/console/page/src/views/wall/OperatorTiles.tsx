/** How many operators are in which state. */

import type { WallOperators } from "../../contract.ts"
import { t } from "../../i18n/messages.ts"
import { isLive } from "../../store/wall.ts"
import { Icon, type IconName } from "../Icon.tsx"
import { Count } from "./Figure.tsx"

export function OperatorTiles({ operators }: { operators: WallOperators }) {
  return (
    <section class="tiles" aria-label={t("wallOperators")}>
      <Tile kind="free" icon="check" name={t("wallFree")} count={operators.free} />
      <Tile kind="busy" icon="ring" name={t("ringing")} count={operators.ringing} />
      <Tile kind="busy" icon="phone" name={t("talking")} count={operators.talking} />
      <Tile kind="busy" icon="pen" name={t("wrapUp")} count={operators.notes} />
      <Tile kind="break" icon="pause" name={t("onBreak")} count={operators.on_break} />
      <Tile kind="out" icon="exit" name={t("wallLoggedOut")} count={operators.logged_out} />
      <Tile kind="bad" icon="away" name={t("wallUnreachable")} count={operators.unreachable} />
    </section>
  )
}

function Tile({ kind, icon, name, count }: { kind: string; icon: IconName; name: string; count: number }) {
  return (
    <div class={count > 0 && isLive.value ? `panel tile ${kind}` : "panel tile none"}>
      <h2>
        <Icon name={icon} /> {name}
      </h2>
      <Count of={count} known={isLive.value} />
    </div>
  )
}
