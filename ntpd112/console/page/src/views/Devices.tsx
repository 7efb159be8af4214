/** Which microphone, which loudspeaker, which bell; and whether they work. */

import { useEffect, useState } from "preact/hooks"
import { t } from "../i18n/messages.ts"
import { microphone } from "../phone/audio.ts"
import { changeMicrophone } from "../phone/phone.ts"
import { tryRing } from "../phone/ring.ts"
import { chooseDevice, chosenDevice, type Purpose } from "../store/settings.ts"
import { PhoneChoice } from "./Choices.tsx"

const LOOK_MS = 100
const KINDS: Readonly<Record<Purpose, MediaDeviceKind>> = {
  microphone: "audioinput",
  speaker: "audiooutput",
  ringer: "audiooutput",
}

export function Devices() {
  const devices = useDevices()
  return (
    <section class="panel sheet up" aria-label={t("devices")}>
      <PhoneChoice />
      <Device purpose="microphone" devices={devices} changed={() => void changeMicrophone()} />
      <Level />
      <Device purpose="speaker" devices={devices} />
      <Device purpose="ringer" devices={devices} changed={tryRing} />
      <button type="button" class="button" onClick={tryRing}>
        {t("tryRing")}
      </button>
    </section>
  )
}

interface Props {
  readonly purpose: Purpose
  readonly devices: readonly MediaDeviceInfo[]
  readonly changed?: () => void
}

function Device({ purpose, devices, changed }: Props) {
  const [chosen, choose] = useState(() => chosenDevice(purpose))
  const known = devices.filter((device) => device.kind === KINDS[purpose] && device.deviceId !== "default")
  return (
    <label class="device">
      <span class="quiet">{t(`device_${purpose}`)}</span>
      <select
        value={known.some((device) => device.deviceId === chosen) ? chosen : ""}
        onChange={(event) => {
          choose(event.currentTarget.value)
          chooseDevice(purpose, event.currentTarget.value)
          changed?.()
        }}
      >
        <option value="">{t("usualDevice")}</option>
        {known.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || device.deviceId}
          </option>
        ))}
      </select>
    </label>
  )
}

/** How loud the microphone hears just now. */
function Level() {
  const [level, setLevel] = useState(0)
  useEffect(() => {
    const stream = microphone()
    if (!stream) return
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(analyser)
    const wave = new Float32Array(analyser.fftSize)
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(wave)
      setLevel(Math.max(...wave.map(Math.abs)))
    }, LOOK_MS)
    return () => {
      clearInterval(timer)
      void context.close()
    }
  }, [])
  return <meter aria-label={t("level")} min={0} max={1} value={level} />
}

function useDevices(): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([])
  useEffect(() => {
    const all = navigator.mediaDevices
    if (!all) return
    const look = () => void all.enumerateDevices().then(setDevices)
    look()
    all.addEventListener("devicechange", look)
    return () => all.removeEventListener("devicechange", look)
  }, [])
  return devices
}
