"""The settings of ODK Collect, and the text of the code that carries them to a tablet.

In: the address of Central, a token, the project's name and colour, the code of the school whose
tablet it is. Out: the dictionary that Collect reads, and base64(zlib(JSON)) of it, which a QR code
holds. The same settings give the same text.
The text holds the token: whoever has it can send in the holder's name.
"""

import base64
import json
import zlib

# What the head of a school cannot change: where forms go to, which there are, when they are sent.
# Keys of Collect's protected settings (ProtectedProjectKeys of getodk/collect).
LOCKED = (
    "change_server", "change_project_display", "get_blank", "delete_saved", "form_update_mode",
    "periodic_form_updates_check", "automatic_update", "hide_old_form_versions", "change_autosend",
    "delete_after_send", "change_constraint_behavior", "instance_form_sync",
    "change_form_metadata", "image_size",
)  # fmt: skip
# Collect's own menus have no Kurdish: Kurdish tablets use Arabic ones.
MENU_LANGUAGES = {"ar": "ar", "ckb": "ar", "en": "en"}


def server_url(central_url: str, token: str, project: int) -> str:
    """The address under which a tablet reaches its project; it contains the token."""
    return f"{central_url}/v1/key/{token}/projects/{project}"


def collect_settings(
    url: str,
    name: str,
    color: str,
    language: str,
    admin_password: str | None = None,
    school_code: str | None = None,
) -> dict:
    """url: of `server_url`. color: #RRGGBB. language: ar, ckb or en.

    school_code: Collect keeps it as its user's name; forms read it as `username`, and begin with
    that school.
    Without a password the locked settings are hidden, and whoever looks for them finds the key.
    """
    admin: dict = dict.fromkeys(LOCKED, False)
    if admin_password:
        admin["admin_pw"] = admin_password
    return {
        "general": {
            "server_url": url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "app_language": MENU_LANGUAGES[language],
            **({"metadata_username": school_code} if school_code else {}),
        },
        "project": {"name": name, "color": color},
        "admin": admin,
    }


def code_text(settings: dict) -> str:
    """What the QR code says."""
    said = json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(said, 9)).decode()


def read_code(text: str) -> dict:
    """The settings that a code carries, as Collect reads them."""
    return json.loads(zlib.decompress(base64.b64decode(text)))
