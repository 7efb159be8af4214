/** What today's calls were about. */

import type { WallType } from "../../contract.ts"
import { t } from "../../i18n/messages.ts"
import { typeRows, type TypeRow } from "../../store/wall_select.ts"
import { Count } from "./Figure.tsx"

/** So many rows can be read from afar. */
const MOST = 6

export function Types({ types }: { types: readonly WallType[] }) {
  return (
    <section class="panel kinds">
      <h2>
        {t("wallTypes")} <span class="quiet">{t("wallToday")}</span>
      </h2>
      {typeRows(types, MOST).map((row) => (
        <div class="line" key={row.kind + row.label}>
          <h3>{name(row)}</h3>
          <Count of={row.calls} />
        </div>
      ))}
    </section>
  )
}

function name(row: TypeRow): string {
  if (row.kind === "none") return t("wallNoType")
  return row.kind === "others" ? t("wallOtherTypes") : row.label
}
