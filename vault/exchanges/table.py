"""Made by scripts/compile-profiles from the TOML files beside it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# fmt: off
TABLE: dict[str, dict[str, Any]] = {"generic": {"title": "generic"},
 "okx": {"title": "OKX",
         "manage": "https://www.okx.com/account/my-api",
         "fields": [{"name": "api_key",
                     "label": "API key",
                     "shape": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                     "looks": "a UUID of 36 characters"},
                    {"name": "secret_key",
                     "label": "secret key",
                     "shape": "[0-9A-F]{32}",
                     "looks": "32 upper-case hexadecimal digits"},
                    {"name": "passphrase",
                     "label": "passphrase",
                     "shape": "(?=.*[0-9])(?=.*[A-Z])(?=.*[a-z])(?=.*[^0-9A-Za-z])[!-~]{8,32}",
                     "looks": "8 to 32 printable ASCII characters with a digit, both cases and a special "
                              "one"}],
         "regions": {"global": {"host": "www.okx.com"},
                     "eea": {"host": "eea.okx.com"},
                     "us": {"host": "us.okx.com"},
                     "tr": {"host": "tr.okx.com"}},
         "presets": {"okx-cli": {"default": True,
                                 "variables": {"api_key": "OKX_API_KEY",
                                               "secret_key": "OKX_SECRET_KEY",
                                               "passphrase": "OKX_PASSPHRASE"},
                                 "live": {"OKX_DEMO": "false"},
                                 "demo": {"OKX_DEMO": "true"},
                                 "region": {"global": {"OKX_SITE": "global"},
                                            "eea": {"OKX_SITE": "eea"},
                                            "us": {"OKX_SITE": "us"},
                                            "tr": {"OKX_SITE": "tr"}}},
                     "ccxt": {"variables": {"api_key": "OKX_APIKEY",
                                            "secret_key": "OKX_SECRET",
                                            "passphrase": "OKX_PASSWORD"},
                              "rename": {"eea": {"api_key": "MYOKX_APIKEY",
                                                 "secret_key": "MYOKX_SECRET",
                                                 "passphrase": "MYOKX_PASSWORD"},
                                         "us": {"api_key": "OKXUS_APIKEY",
                                                "secret_key": "OKXUS_SECRET",
                                                "passphrase": "OKXUS_PASSWORD"}}},
                     "python-okx": {"variables": {"api_key": "OKX_API_KEY",
                                                  "secret_key": "OKX_API_SECRET",
                                                  "passphrase": "OKX_PASSPHRASE"},
                                    "live": {"OKX_FLAG": "0"},
                                    "demo": {"OKX_FLAG": "1"}},
                     "nautilus": {"variables": {"api_key": "OKX_API_KEY",
                                                "secret_key": "OKX_API_SECRET",
                                                "passphrase": "OKX_API_PASSPHRASE"}},
                     "freqtrade": {"variables": {"api_key": "FREQTRADE__EXCHANGE__KEY",
                                                 "secret_key": "FREQTRADE__EXCHANGE__SECRET",
                                                 "passphrase": "FREQTRADE__EXCHANGE__PASSWORD"}}}}}
