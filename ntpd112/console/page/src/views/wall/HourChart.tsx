/** Today's calls by hour, drawn by uPlot. */

import { useEffect, useRef, useState } from "preact/hooks"
import uPlot from "uplot"
import type { WallHour } from "../../contract.ts"
import { messages, t } from "../../i18n/messages.ts"
import { theme } from "../../store/settings.ts"
import { columns, hoursSaid, two } from "../../store/wall_select.ts"

interface Size {
  readonly width: number
  readonly height: number
}

/** Whole numbers only: there is no half a call. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
const EVERY_HOURS = 3
const LEAST_HIGH = 4

export function HourChart({ hours }: { hours: readonly WallHour[] }) {
  const place = useRef<HTMLDivElement>(null)
  const size = useSize(place)
  const drawn = JSON.stringify(hours)
  useEffect(() => {
    if (!place.current || size.width === 0) return
    const chart = new uPlot(options(place.current, size), columns(hours), place.current)
    return () => chart.destroy()
  }, [drawn, size, theme.value])
  return (
    <section class="panel hours">
      <h2>
        {t("wallHours")}
        <span class="quiet key arrived">{t("wallArrived")}</span>
        <span class="quiet key answered">{t("wallAnswered")}</span>
      </h2>
      <div class="chart" ref={place} role="img" aria-label={messages.value.wallHoursSaid(hoursSaid(hours))} />
    </section>
  )
}

function options(place: HTMLElement, { width, height }: Size): uPlot.Options {
  const style = getComputedStyle(place)
  const letter = Number.parseFloat(style.fontSize)
  const font = `${letter}px ${style.fontFamily}`
  const line = ink(place, "--line")
  const axis: uPlot.Axis = { stroke: ink(place, "--quiet"), font, border: { show: false }, ticks: { show: false } }
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [letter * 0.6, letter * 0.5, 0, 0],
    scales: { x: { time: false, range: [-0.6, 23.6] }, y: { range: (_chart, _low, high) => [0, Math.max(LEAST_HIGH, high * 1.05)] } },
    axes: [
      {
        ...axis,
        size: letter * 1.6,
        gap: letter * 0.3,
        grid: { show: false },
        splits: Array.from({ length: 24 / EVERY_HOURS }, (_, n) => n * EVERY_HOURS),
        values: (_chart, splits) => splits.map(two),
      },
      { ...axis, size: letter * 2.6, gap: letter * 0.4, incrs: STEPS, space: letter * 2, grid: { stroke: line, width: 1 } },
    ],
    series: [
      {},
      { ...bars(ink(place, "--busy"), 0.85), fill: ink(place, "--busy-ground") },
      { ...bars(ink(place, "--busy"), 0.85), fill: ink(place, "--busy") },
    ],
  }
}

function bars(stroke: string, wide: number): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [wide] })
  return { stroke, width: 1, points: { show: false }, ...(paths && { paths }) }
}

/** A colour of the page as a canvas takes it. */
function ink(place: HTMLElement, name: string): string {
  const probe = place.appendChild(document.createElement("i"))
  probe.style.color = `var(${name})`
  const found = getComputedStyle(probe).color
  probe.remove()
  return found
}

function useSize(place: { current: HTMLElement | null }): Size {
  const [size, set] = useState<Size>({ width: 0, height: 0 })
  useEffect(() => {
    const element = place.current
    if (!element) return
    const observer = new ResizeObserver(() => set({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return size
}
