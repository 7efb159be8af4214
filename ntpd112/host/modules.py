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
    "codec_amr res_format_attr_amr codec_gsm codec_g726 codec_speex codec_adpcm codec_lpc10 codec_codec2 res_srtp",
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
    "codec_ilbc format_ilbc format_g729": "offers of iLBC, G.729 or EVS alone get 488: no free module translates them",
}
"""Modules that an INVITE, or a request within its call, may ask for and that are not loaded: what needs each, and why
it is not missed. (``res_pjsip_t38`` was among them: without it nobody declines an ``m=image`` line, and the voice
beside that line stays silent; ``tests/exchange/test_offers.py`` plays each offer.)
"""

LAST_CODECS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("codec_g722.so", ("g722",)),
    ("codec_opus_open_source.so", ("opus",)),
    ("codec_opus.so", ("opus",)),
    ("codec_amr.so", ("amrwb", "amr")),
    ("codec_speex.so", ("speex16", "speex")),
    ("codec_g726.so", ("g726",)),
    ("codec_gsm.so", ("gsm",)),
    ("codec_resample.so", ("slin16", "slin")),
    ("codec_adpcm.so", ("adpcm",)),
    ("codec_speex.so", ("speex32",)),
    ("codec_codec2.so", ("codec2",)),
    ("codec_lpc10.so", ("lpc10",)),
)
"""What a trunk's call may speak when it offers none of the trunk's codecs, the best first, and the module that
translates it. A codec that nothing translates is never allowed: such a call would count as answered, and be mute.
"""

SRTP = "res_srtp.so"
"""Encrypted voice."""

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


def last_codecs(available: AbstractSet[str]) -> tuple[str, ...]:
    """Return the codecs that trunks' calls are served in after the trunk's own, as this Asterisk can translate them."""
    names = (name for module, codecs in LAST_CODECS if module in available for name in codecs)
    return tuple(dict.fromkeys(names))
