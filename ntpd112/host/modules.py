"""The modules of Asterisk that this centre uses, in groups by what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from ntpd112.host.errors import RenderError


def _names(*lines: str) -> tuple[str, ...]:
    return tuple(f"{name}.so" for line in lines for name in line.split())


NEEDED = _names(
    # SIP and RTP. res_pjsip_pubsub serves nothing here, but chan_pjsip does not load without it. res_pjsip_refer is not
    # here: it would let an INVITE with Replaces take anybody's call, whatever allow_transfer says.
    "res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session chan_pjsip",
    "res_pjsip_sdp_rtp res_rtp_asterisk res_pjsip_registrar res_pjsip_authenticator_digest",
    "res_pjsip_outbound_authenticator_digest res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user",
    "res_pjsip_caller_id res_pjsip_nat res_pjsip_dtmf_info res_pjsip_rfc3326 res_pjsip_dlg_options res_pjsip_pubsub",
    "res_pjsip_acl res_pjsip_header_funcs res_pjsip_t38",
    # dialplan
    "pbx_config app_dial app_playback app_queue app_mixmonitor app_exec app_stasis func_strings func_logic func_cdr",
    "app_originate app_read app_softhangup app_stack",
    "func_uri func_groupcount func_channel func_callerid func_db func_global func_module func_timeout func_devstate",
    "res_manager_devicestate",
    # control
    "res_http_websocket res_stasis res_stasis_answer res_stasis_device_state res_stasis_playback",
    "res_stasis_recording res_stasis_snoop",
    "res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_endpoints",
    "res_ari_events res_ari_playbacks res_ari_recordings",
    # audio
    "bridge_simple bridge_softmix bridge_holding bridge_native_rtp codec_alaw codec_ulaw codec_a_mu codec_resample",
    "format_pcm format_wav res_musiconhold res_timing_timerfd",
    # records
    "cdr_csv",
)
"""Without one of these, a call could be lost or nobody could control it."""

WELCOME = _names(
    "res_stasis_broadcast app_stasis_broadcast res_websocket_client res_pjsip_empty_info res_pjsip_maintenance",
    "res_format_attr_opus codec_opus_open_source codec_opus codec_g722 format_sln",
    "func_pjsip_endpoint func_hangupcause app_senddtmf res_pjsip_outbound_registration chan_bridge_media",
)
"""Used where they exist: younger releases, other packagings."""

LEFT_OUT: Mapping[str, str] = {
    "res_pjsip_diversion": "Diversion: the dialplan reads it, in its own order of trust",
    "res_pjsip_geolocation": "Geolocation, PIDF-LO: the headers are read as they are (`location_headers`)",
    "res_pjsip_stir_shaken": "Identity: whoever calls 112 is served, attested or not",
    "res_pjsip_aoc": "bodies about charges: a call to 112 has none",
    "res_pjsip_rfc3329": "Security-Client: for registering at an IMS; `Require: sec-agree` gets 420",
    "res_pjsip_path": "Path of a REGISTER through a proxy: phones register directly",
    "res_pjsip_sips_contact": "`sips:` addresses promise TLS on each hop, which no trunk here has",
    "res_pjsip_messaging": "MESSAGE: 112 is called, not texted",
    "res_pjsip_refer": "REFER and Replaces: phones' own transfers are not honoured",
    "res_pjsip_one_touch_record_info": "INFO with Record: every call is recorded as it is",
    "res_pjsip_endpoint_identifier_anonymous": "calls of strangers: these get 401",
    "res_fax res_fax_spandsp": "fax itself: a call that turns to fax alone gets 488 to that, and goes on",
    "codec_amr res_format_attr_amr": "offers of AMR alone get 488: a gateway that speaks A-law as well is asked for",
    "codec_gsm codec_g726 codec_ilbc codec_speex": "offers of one of these alone get 488",
    "res_srtp": "RTP/SAVP: loaded for phones in pages alone; an encrypted voice beside a plain one is left out",
}
"""Modules that an INVITE, or a request within its call, may ask for and that are not loaded: what needs each, and why
it is not missed. (``res_pjsip_t38`` was among them: without it nobody declines an ``m=image`` line, and the voice
beside that line stays silent; ``tests/exchange/test_offers.py`` plays each offer.)
"""

MAINTENANCE = "res_pjsip_maintenance.so"
"""Lets one endpoint answer 503 to whatever is new (since 22.10)."""

PAGES = _names("res_pjsip_transport_websocket res_srtp")
"""What a phone in a page needs besides."""

TRACE = _names("res_hep res_hep_pjsip")
"""Mirror SIP messages to the ear."""


def modules_to_load(available: AbstractSet[str]) -> tuple[str, ...]:
    """Return the modules to load, as file names.

    Raises:
        RenderError: this Asterisk lacks a module that calls depend on.
    """
    if lacking := sorted(set(NEEDED) - available):
        raise RenderError(
            f"this Asterisk was built without {', '.join(lacking)}, which calls depend on; "
            "install its complete package, or set NTPD112_ASTERISK=private"
        )
    return NEEDED + tuple(name for name in WELCOME if name in available)
