"""A pasted dialog, as an exchange shows it once, read into the fields of a credential.

Pure: a text and a profile in, values and what is doubtful about them out. A value is recognised by its
shape and by its label, in whatever order and language they stand around it:

* a label and a shape that agree, or a shape that only one field has and only one value fits, is taken;
* everything else, like a value that its label and its shape put in two places, two values for one
  place, or a value that is masked, cut off or mistyped, is a question (:class:`Unsure`) or a remark.

One field's shape proves nothing by itself: KuCoin's secret looks like OKX's key. So the whole set
decides, and a set that is another exchange's is said to be. Every scan is linear in the text, which is
bounded; no sentence holds any part of a value.
"""

# ruff: noqa: RUF001  labels are of many scripts, and some of their letters look like others

from __future__ import annotations

import re
import unicodedata
from functools import cache

from . import keys, profiles
from .errors import InvalidCredential, VaultError
from .record import Record
from .secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from .profiles import Field, Profile

MAX_PASTE = 64 << 10  # characters; the longest dialog with an RSA key has a tenth of it
_LONG = 16  # characters from which a value tells itself from a word; the shortest strong shape has 18
_MAX_TOKEN = 4096  # characters of one value that is matched with a shape
_SAME = 8  # equal characters in a row: no value that was drawn at random has them
_SHORT = 6  # characters, fewer than any exchange takes for a passphrase; OKX takes 8, KuCoin 7
_FREE = ("passphrase", "otp")  # invented by a person, so that a label alone can tell


class Unsure(Record):
    """A field whose value is for the person to confirm.

    Attributes:
        value: the best guess.
        why: what is doubtful about it, as the end of a sentence.
        others: what it could be as well.
    """

    field: str
    value: Secret
    why: str
    others: tuple[Secret, ...] = ()


class Captured(Record):
    """What a dialog was read as.

    Attributes:
        fields: values by field, each beyond doubt.
        unsure: values to confirm; none of these fields is in *fields*.
        leftover: how many more values were there that belong to no field.
        remarks: what was noticed, each a sentence.
        expected: the fields that the profile asks for.
    """

    fields: Mapping[str, Secret]
    unsure: tuple[Unsure, ...] = ()
    leftover: int = 0
    remarks: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that nothing was found for; of a passphrase that is usual: its owner typed it."""
        found = {*self.fields, *(doubt.field for doubt in self.unsure)}
        return tuple(name for name in self.expected if name not in found)


# --- labels -------------------------------------------------------------------------------------------

# What stands beside a value, by its role, in English; Chinese, simplified and traditional; Japanese;
# Korean; Spanish; Portuguese; Russian; Turkish; Vietnamese; French; German. Compared without accents,
# case and punctuation; `apiKey`, `API_KEY` and `api-key` are one. The longest that fits counts.
_LABELS = {
    "api_key": """
        API key|apikey|APIkey|access key|access key id|client id|clientid|API access key|API v4 key|APIv4 key
        API密钥|API 密匙|API秘钥|访问密钥|访问密匙|接口密钥|客户端ID
        API金鑰|API密鑰|存取金鑰|訪問密鑰|用戶端ID
        APIキー|アクセスキー|クライアントID|API鍵
        API 키|액세스 키|접근 키|클라이언트 ID
        clave API|clave de API|clave de la API|clave de acceso|llave API|llave de API|ID de cliente
        chave API|chave de API|chave da API|chave de acesso|ID do cliente
        API ключ|ключ API|ключ доступа|ключ доступа API|ID клиента
        API anahtarı|API anahtar|erişim anahtarı|istemci kimliği
        khóa API|mã API|mã khóa API|khóa truy cập|khoá API
        clé API|clé d'API|clé de l'API|clé d'accès|identifiant client
        API Schlüssel|Schlüssel der API|Zugriffsschlüssel|Zugangsschlüssel|Client Kennung""",
    "secret_key": """
        secret key|secretkey|secret|API secret|apisecret|API secret key|secret API key|API key secret
        key secret
        client secret|clientsecret|access secret|access key secret|secret access key
        Secret密钥|私密密钥|秘密密钥|机密密钥|安全密钥|签名密钥|密钥 Secret|API Secret密钥|客户端密钥
        API私密密钥
        秘密金鑰|私密密鑰|秘密密鑰|機密金鑰|安全金鑰|Secret密鑰|Secret金鑰|API秘密金鑰|用戶端密鑰
        シークレットキー|シークレット|APIシークレット|APIシークレットキー|秘密キー|クライアントシークレット
        시크릿 키|시크릿|비밀 키|보안 키|API 시크릿|API 비밀 키|API 시크릿 키|클라이언트 시크릿
        clave secreta|clave secreta de API|clave secreta de la API|clave API secreta|secreto|secreto API
        secreto de API|llave secreta|secreto de cliente|secreto del cliente
        chave secreta|chave secreta da API|chave secreta de API|chave API secreta|segredo|segredo da API
        segredo do cliente
        секретный ключ|секретный ключ API|секретный API ключ|API секрет|секрет|секрет API|секрет клиента
        gizli anahtar|gizli anahtarı|API gizli anahtarı|gizli API anahtarı|istemci sırrı
        khóa bí mật|mã bí mật|khóa bí mật API|khóa API bí mật|bí mật|khoá bí mật
        clé secrète|clé secrète API|clé secrète de l'API|clé API secrète|secret de l'API|secret client
        Geheimschlüssel|geheimer Schlüssel|geheimer API Schlüssel|API Geheimschlüssel|API Geheimnis
        Geheimnis""",
    "private_key": """
        private key|privatekey|API private key|wallet private key|agent private key|API wallet private key|PK
        私钥|私人密钥|API私钥|钱包私钥
        私鑰|私密金鑰|私人金鑰|錢包私鑰
        秘密鍵|プライベートキー|API秘密鍵
        개인 키|프라이빗 키|개인키
        clave privada|llave privada|clave privada de la API
        chave privada|chave privada da API
        приватный ключ|закрытый ключ|частный ключ
        özel anahtar|özel anahtarı
        khóa riêng|khóa riêng tư|khóa cá nhân|khóa private
        clé privée|clé privée de l'API
        privater Schlüssel|Privatschlüssel|geheimer privater Schlüssel""",
    "passphrase": """
        passphrase|pass phrase|API passphrase|API key passphrase|password|API password|API key password
        secret passphrase|API pass phrase|key passphrase|passwd
        密码短语|口令|密码|API密码|API口令|API密码短语|通行短语|密码 Passphrase
        密碼短語|通行碼|密碼|API密碼|通關密語|API通行碼|密語
        パスフレーズ|パスワード|APIパスフレーズ|APIパスワード|合言葉
        패스프레이즈|암호문|암호|비밀번호|패스워드|API 비밀번호|API 패스프레이즈|API 암호
        frase de contraseña|frase de acceso|frase secreta|frase de paso|contraseña|contraseña de API
        contraseña de la API|frase de contraseña de API
        frase secreta|frase senha|frase de acesso|senha|senha da API|senha de API|palavra passe|frase de senha
        кодовая фраза|парольная фраза|пассфраза|пароль|пароль API|секретная фраза|фраза пароль
        parola|parola ifadesi|gizli ifade|şifre|API şifresi|API parolası|parola cümlesi|şifre ifadesi
        cụm mật khẩu|mật khẩu|cụm từ mật khẩu|mật khẩu API|cụm từ bí mật
        phrase secrète|phrase de passe|phrase d'accès|mot de passe|mot de passe API|mot de passe de l'API
        Passwort|Kennwort|Passphrase|Passwortsatz|API Passwort|API Passphrase|Kennphrase""",
    "wallet_address": """
        wallet address|account address|master address|master account address|main account address|address
        master account|main wallet address|main account|wallet|walletaddress|public address
        钱包地址|账户地址|主账户地址|主账户|主钱包地址|地址|账户
        錢包地址|帳戶地址|主帳戶地址|主帳戶|地址
        ウォレットアドレス|アカウントアドレス|アドレス|マスターアドレス
        지갑 주소|계정 주소|주소|마스터 주소
        dirección de la billetera|dirección de billetera|dirección del monedero|dirección de la cartera
        dirección de la cuenta|dirección
        endereço da carteira|endereço de carteira|endereço da conta|endereço
        адрес кошелька|адрес счета|адрес аккаунта|адрес
        cüzdan adresi|hesap adresi|adres
        địa chỉ ví|địa chỉ tài khoản|địa chỉ
        adresse du portefeuille|adresse du compte|adresse
        Wallet Adresse|Kontoadresse|Adresse|Adresse der Wallet""",
    "otp": "OTP|one time password|2FA password|static password",
    # "Key" alone is the API key where a secret is labelled, and "密钥" alone the secret where a key is.
    "key": "key|キー|키|clave|llave|chave|ключ|anahtar|anahtarı|khóa|clé|Schlüssel",
    "other key": "密钥|密匙|秘钥|密鑰|金鑰|鍵",
    # Of an agent wallet of Hyperliquid: the one address that is never asked for.
    "agent": """
        API wallet address|agent address|agent wallet address|API wallet|agent wallet|API address|agent
        API钱包地址|代理钱包地址|API錢包地址|代理錢包地址|APIウォレットアドレス|API 지갑 주소
        dirección de la billetera API|endereço da carteira API|адрес API кошелька|API cüzdan adresi
        địa chỉ ví API|adresse du portefeuille API|API Wallet Adresse""",
    # A name or an id: of the key itself at Coinbase, of something else elsewhere.
    "neutral": """
        name|id|key name|key id|API name|API key name|API key id|API key label|key label|public key|label
        nickname
        名称|API名称|密钥名称|公钥|公鑰|名稱|API名稱|名前|API名|이름|API 이름|nombre|nombre de la API|nome
        nome da API
        имя|название|имя ключа|название ключа|ad|adı|API adı|tên|tên API|nom|nom de la clé|Name
        Bezeichnung""",
    "noise": """
        uid|user id|userid|account id|account|accounts|account name|sub account|subaccount|email|e mail|mail
        ip|ips|IPs|ip address|ip addresses|ip whitelist|ip allowlist|ip allow list|whitelist|allowlist
        trusted ips
        ip restriction|ip restrictions|ip access restrictions|linked ip addresses|bound ip|ipv4|ipv6
        permission|permissions|scope|scopes|created|created at|created on|creation time|creation date
        create time
        date|time|timestamp|updated|last used|last access|last login|expires|expires at|expires in|expiry
        expiration
        expiration date|valid until|validity|status|state|note|notes|remark|remarks|comment|memo|tag|tags|code
        verification code|2fa|2fa code|two factor|authenticator|google authenticator|authenticator code
        sms code
        phone|device|device id|order id|request id|requestid|trace id|session id|session|transaction
        transaction id
        txid|hash|signature|nonce|url|host|endpoint|website|base url|server|version|vip|qr code|captcha
        reference
        login password|account password|fund password|funding password|trading password|asset password
        deposit address|withdrawal address|fingerprint|checksum|referral code|invitation code|api version|type
        support id|ticket|ticket id|browser|location|key permissions|api key permissions|csrf token|token
        API key created|API key expires|key expires|API key status|API key type|API key permissions|memo id
        用户ID|用户UID|IP地址|IP白名单|IP限制|白名单|权限|创建时间|创建日期|备注|状态|过期时间|有效期
        到期时间|时间|日期|邮箱
        登录密码|资金密码|交易密码|账户密码|验证码|谷歌验证码|手机号|账号|子账户|权限设置|绑定IP
        绑定IP地址|提币地址|充值地址|类型
        用戶ID|IP位址|IP地址|IP白名單|白名單|權限|建立時間|創建時間|備註|狀態|過期時間|有效期限|到期時間
        時間|日期|信箱
        登入密碼|資金密碼|交易密碼|帳戶密碼|驗證碼|帳號|子帳戶|綁定IP|提領地址|類型
        ユーザーID|IPアドレス|IPホワイトリスト|IP制限|権限|作成日時|作成日|メモ|備考|ステータス|有効期限
        日時|日付|メール
        ログインパスワード|資金パスワード|取引パスワード|認証コード|確認コード|アカウント|出金アドレス|種類
        사용자 ID|IP 주소|IP 화이트리스트|권한|생성 시간|생성일|생성 일시|메모|비고|상태|만료일|만료 시간
        유효 기간|시간|날짜|이메일
        로그인 비밀번호|자금 비밀번호|거래 비밀번호|인증 코드|인증번호|계정|출금 주소|유형
        ID de usuario|dirección IP|direcciones IP|lista blanca|lista blanca de IP|permisos|creado|creada|fecha
        fecha de creación|nota|notas|estado|vence|vencimiento|caduca|correo|código|código de verificación
        cuenta
        contraseña de inicio de sesión|contraseña de fondos|contraseña de la cuenta|hora
        ID do usuário|endereço IP|endereços IP|lista branca|lista de permissões|permissões|criado|criada
        criado em
        data|data de criação|nota|notas|estado|expira|validade|código|código de verificação|conta
        senha de login|senha de fundos|senha da conta|hora
        ID пользователя|IP адрес|IP адреса|белый список|белый список IP|права|разрешения|создан|создано|дата
        дата создания|время создания|время|заметка|примечание|статус|истекает|срок действия|почта|код
        код подтверждения|аккаунт|счет|пароль для входа|пароль аккаунта|пароль средств
        kullanıcı kimliği|IP adresi|IP adresleri|beyaz liste|IP beyaz listesi|izinler|oluşturuldu|tarih
        oluşturma tarihi|oluşturulma tarihi|not|notlar|durum|son kullanma tarihi|e posta|kod
        doğrulama kodu|hesap
        giriş şifresi|fon şifresi|hesap şifresi|saat
        ID người dùng|địa chỉ IP|danh sách trắng|danh sách trắng IP|quyền|quyền hạn|ngày tạo|thời gian tạo
        ghi chú
        trạng thái|ngày hết hạn|hết hạn|mã xác minh|mã xác nhận|tài khoản|mật khẩu đăng nhập|mật khẩu quỹ
        thời gian
        ID utilisateur|adresse IP|adresses IP|liste blanche|liste blanche d'IP|autorisations|créé|créée
        créé le
        date de création|remarque|remarques|statut|état|expire|expire le|courriel|compte|code de vérification
        mot de passe de connexion|mot de passe du compte|mot de passe de fonds|heure
        Benutzer ID|IP Adresse|IP Adressen|Positivliste|IP Positivliste|Berechtigung|Berechtigungen|erstellt
        erstellt am|Datum|Erstellungsdatum|Notiz|Notizen|Bemerkung|Zustand|läuft ab|läuft ab am|gültig bis
        Konto
        Anmeldepasswort|Kontopasswort|Handelspasswort|Uhrzeit|Bestätigungscode""",
    # What a key may do: no part of a label, and an answer where it stands alone.
    "right": """
        read|read only|trade|trading|withdraw|withdrawal|transfer|spot|margin|futures|general|enabled|disabled
        none|unrestricted|HMAC|Ed25519|RSA|ECDSA|yes|no|on|off|active""",
    # Words that change nothing about a label, and buttons beside it.
    "filler": """
        api|your|the|my|this|new|is|for|of|copy|copied|copied!|show|hide|view|reveal|edit|done|ok|close
        here
        system generated|generated|value|only|shown|once|hidden|read only|spot|live|demo|testnet|exchange
        v2|v3|v4|v5
        okx|binance|bybit|coinbase|kraken|kucoin|bitget|gate|gateio|deribit|hyperliquid|freqtrade|ccxt|kc
        bg|bn|cdp
        advanced trade|export|set|const|let|var|string|str|bot|main
        de|del|la|el|tu|su|da|do|sua|seu|aqui|votre|le|l|d|der|die|das|dein|deine|ihr|ihre|ваш|вашего|это
        của|bạn
        copiar|copiado|copier|copié|kopieren|kopiert|копировать|скопировано|скопировать|kopyala|kopyalandı
        sao chép
        mostrar|ocultar|afficher|masquer|anzeigen|verbergen|показать|скрыть|göster|gizle|hiển thị|ẩn
        复制|已复制|显示|隐藏|您的|你的|请|複製|已複製|顯示|隱藏|コピー|表示|非表示|あなたの|の|복사
        복사됨|표시|숨기기|귀하의|의""",
}

_QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "“": "”",
    "”": "”",
    "„": "“”",
    "‘": "’",
    "«": "»",
    "»": "«",
    "‹": "›",
}
_SEPARATORS = frozenset(":：﹕=＝→⇒➜➔")
_CELLS = frozenset("\t|｜│┃,;，；、。&")
_BRACKETS = frozenset("()（）[]{}<>［］【】〔〕「」『』")
_OPENING = frozenset("(（[{<［【〔「『")
_MASKS = frozenset("*•●∙·⋅◦○▪■█✱＊⁎․")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_PLAIN = _LETTERS | frozenset("_-+/=")  # what values are made of, whatever their shape
_BEGIN, _END, _DASHES = "-----BEGIN ", "-----END ", "-----"  # RFC 7468
_FIRST_KEY = 0xE000  # a private key in PEM stands as one character of Unicode's private use in the text
_IDEOGRAPHS = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_ATOM = re.compile(f"[{_IDEOGRAPHS}]|[^\\W_{_IDEOGRAPHS}]+")
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_GROUP = re.compile("[A-Z]?[a-z]+|[^\\W\\d_A-Za-z]+")
_FIRST_LINE = re.compile("-----BEGIN [A-Z0-9 ]{0,32}-*(?:(?:\\\\[rn])*[A-Za-z0-9+/=])*")
_CHUNK = re.compile("[^ \t]+")
_MOST_OTHERS = 4  # words in a label besides those that say what it is
_AHEAD = 64  # characters behind a passphrase that tell whether it goes on
_PADDING = re.compile("={1,2}(?![=\"'`“A-Za-z0-9])")  # of base64
_MAX_QUOTED = 8192  # characters within a pair of quotes

# --- the text as it was meant -------------------------------------------------------------------------


def _cleaned(text: str) -> str:
    """*text* with plain blanks and line ends, and without what cannot be seen.

    A zero-width or a direction mark comes along from a page and is part of no value.
    """
    if len(text) > MAX_PASTE:
        raise InvalidCredential(
            f"what was pasted has {len(text):,} characters; {MAX_PASTE:,} is the most",
            hint="copy the dialog alone, not the whole page",
        )
    text = re.sub("\r\n?|[\v\f\x85\u2028\u2029]", "\n", text)
    kept = []
    for character in text:
        if character in "\n\t" or " " <= character <= "~":
            kept.append(character)
        elif (kind := unicodedata.category(character)) == "Zs":
            kept.append(" ")
        elif kind not in ("Cc", "Cf", "Co", "Cs") and not "\ufe00" <= character <= "\ufe0f":
            kept.append(character)
    return "".join(kept)


def normalised(value: Secret) -> Secret:
    """*value* with the line feeds that a private key in PEM needs; any other value as it is.

    Blanks around the lines, CRLF, and line breaks written as ``\\n`` are taken off: none of them is part
    of the key, and clients fail at each.
    """
    text = value.reveal()
    if not text.strip().startswith(_BEGIN):
        return value
    body, found = _without_keys(text)
    return Secret(found[0].text) if len(found) == 1 and len(body.strip()) == 1 else value


class _Block(Record):
    """A private key in PEM that stood in the text, on its lines; *whole* if it had both ends."""

    text: str
    whole: bool


def _without_keys(text: str) -> tuple[str, list[_Block]]:
    """*text* with one character in the place of each private key in PEM, and the keys.

    Blocks of another kind, like a public key, are left out.
    """
    parts: list[str] = []
    blocks: list[_Block] = []
    at = 0
    while (begin := text.find(_BEGIN, at)) >= 0:
        parts.append(_headless(text[at:begin], blocks))
        following = text.find(_BEGIN, begin + 1)
        limit = following if following >= 0 else len(text)
        end = text.find(_END, begin, limit)
        at = text.find(_DASHES, end + len(_END), limit) + len(_DASHES) if end >= 0 else -1
        whole = at >= len(_DASHES)
        if not whole:
            at = begin + _reach(text[begin:limit])
        block = text[begin:at]
        while text.startswith(("\\n", "\\r"), at):  # the line break behind it, written out
            at += 2
        if "PRIVATE KEY" in block[:64] or not whole:
            parts.append(chr(_FIRST_KEY + len(blocks)))
            blocks.append(_Block(_unwrapped(block) if whole else block, whole))
    parts.append(_headless(text[at:], blocks))
    return "".join(parts), blocks


def _headless(text: str, blocks: list[_Block]) -> str:
    """*text* without blocks whose first line is missing; they are added to *blocks*."""
    end = text.find(_END)
    if end < 0:
        return text
    begin = end
    for line in reversed(text[:end].splitlines(keepends=True)):
        if not (len(bare := _bare(line)) >= _LONG and _PLAIN.issuperset(bare)):
            break
        begin -= len(line)
    stop = text.find(_DASHES, end + len(_END))
    stop = stop + len(_DASHES) if stop >= 0 else end + len(_END)
    blocks.append(_Block(text[begin:stop], whole=False))
    return f"{text[:begin]}{chr(_FIRST_KEY + len(blocks) - 1)}{text[stop:].replace(_END, '')}"


def _reach(text: str) -> int:
    """How far a block goes that has no end: over the lines that can be base64."""
    size = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        if not number and (first := _FIRST_LINE.match(line)) and line[first.end() :].strip():
            return first.end()  # other text follows on the line
        bare = line.strip(" \t\r\n\"'`,\\")
        if number and not (len(bare) >= _LONG and _PLAIN.issuperset(bare)):
            break
        size += len(line)
    return size


def _unwrapped(block: str) -> str:
    """A block of PEM as RFC 7468 writes it: lines of 64 characters, line feeds between them."""
    block = block.replace("\\r", "\n").replace("\\n", "\n").replace("\\/", "/")
    first, _, rest = block[len(_BEGIN) :].partition(_DASHES)
    body, _, last = rest.partition(_END)
    lines = [_bare(line) for line in body.splitlines()]
    if not any(":" in line for line in lines):  # as in "Proc-Type: 4,ENCRYPTED", whose lines are kept
        joined = "".join("".join(lines).split())
        lines = [joined[place : place + 64] for place in range(0, len(joined), 64)]
    return "\n".join([f"{_BEGIN}{first}{_DASHES}", *lines, f"{_END}{last}"])


def _bare(line: str) -> str:
    """A line of base64 without what a program's source puts around it."""
    for quote in "\"'`":
        if quote in line:
            line = line[line.find(quote) + 1 :].partition(quote)[0] or line.partition(quote)[0]
    return line.strip(" \t\r>|,\\\"'`")


# --- words and labels ---------------------------------------------------------------------------------


def _atoms(text: str) -> list[str]:
    """The words of *text* as labels are compared: without case, accents and punctuation.

    Of scripts without blanks between words each character is one.
    """
    text = re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in apart if unicodedata.category(character) != "Mn")
    bare = unicodedata.normalize("NFC", bare).casefold().replace("ı", "i").replace("đ", "d")
    return re.findall(_ATOM, bare)


@cache
def _roles() -> Mapping[tuple[str, ...], str]:
    """Roles by the words that say them."""
    return {
        tuple(_atoms(phrase)): role
        for role, phrases in _LABELS.items()
        for line in phrases.splitlines()
        for phrase in line.split("|")
        if phrase.strip()
    }


def _phrases(profile: Profile | None) -> dict[tuple[str, ...], str]:
    """Roles by the words that say them; what the profile calls its fields says that field."""
    table = {**_roles()}
    for field in profile.fields if profile else ():
        table[tuple(_atoms(field.name))] = table[tuple(_atoms(field.label))] = f"={field.name}"
    return table


class _Piece(Record):
    """A part of a line: a word or what stands in quotes, a separator, the edge of a cell, a bracket."""

    kind: str
    text: str
    start: int
    end: int
    quoted: bool = False


def _pieces(line: str, is_value: Callable[[str, int, str], bool]) -> list[_Piece]:
    """The parts of *line*; of what stands between blanks the parts too, unless it is one value."""
    found: list[_Piece] = []
    at = 0
    while at < len(line):
        character = line[at]
        end = at + 1
        start = (not at or line[at - 1] in " \t") and _CHUNK.match(line, at)
        if start and is_value(line, at, start[0]):
            end = start.end()
            found.append(_Piece("word", start[0], at, end))
        elif character == " ":
            while line[end : end + 1] == " ":
                end += 1
            if end - at > 1:
                found.append(_Piece("cell", " ", at, end))
        elif character in _QUOTES and (close := _closing(line, at)):
            end = close + 1
            found.append(_Piece("word", line[at + 1 : close].replace("\\/", "/"), at, end, quoted=True))
        elif character in _SEPARATORS:
            found.append(_Piece("sep", character, at, end))
        elif character in _CELLS:
            found.append(_Piece("cell", character, at, end))
        elif character in _BRACKETS:
            found.append(_Piece("bracket", character, at, end))
        else:
            end = _word_end(line, at)
            kind = "sep" if line[at:end] in ("-", "–", "—", "->") and found else "word"
            found.append(_Piece(kind, line[at:end], at, end))
        at = end
    return found


def _closing(line: str, at: int) -> int:
    """Where the quotes that open at *at* close; 0 if it is no opening one, like an apostrophe."""
    if at and (line[at - 1].isalnum() or line[at - 1] in "\\_"):
        return 0
    place = at
    for _ in range(4):
        place = min(
            (
                found
                for mark in _QUOTES[line[at]]
                if (found := line.find(mark, place + 1, at + _MAX_QUOTED)) > 0
            ),
            default=0,
        )
        if not place:
            return 0
        following = line[place + 1 : place + 2]
        escaped = line[place - 1] == "\\" and line[place - 2] != "\\"
        if not escaped and (not following or not (following.isalnum() or following in "_-+/")):
            return place if place > at + 1 else 0
    return 0


def _word_end(line: str, at: int) -> int:
    """Where the word ends that begins at *at*; base64's padding, a time and an address stay whole."""
    end = at + 1
    ideograph = bool(_IDEOGRAPH.match(line[at]))
    while end < len(line):
        character = line[end]
        if character in " \t" or character in _BRACKETS or character in _CELLS:
            break
        if character == "=" and end - at >= _LONG and (padding := _PADDING.match(line, end)):
            if not _is_plain(line[at:end]):
                end = padding.end()
            break
        if character == ":" and (
            line.startswith("://", end) or _in_address(line[at:end], line[end + 1 : end + 2])
        ):
            end += 1
            continue
        if character in _SEPARATORS or (character in '"`“”„«»‹›' and not line[end + 1 : end + 2].isalnum()):
            break
        if bool(_IDEOGRAPH.match(character)) != ideograph:
            break
        end += 1
    return end


def _in_address(before: str, after: str) -> bool:
    """Whether a colon after *before* belongs to a time or an IPv6 address."""
    if not after or not (len(before) <= _LONG or ":" in before[:_LONG]):
        return False
    fits = set(before[:64] + after) <= set("0123456789abcdefABCDEF:.T-/")
    return fits and (before[-1].isdigit() or before[-1] == ":")


# --- what a line has ----------------------------------------------------------------------------------


class _Item(Record):
    """A label, a value or any other words, in the order of the text.

    Attributes:
        kind: ``label``, ``text``; of values ``key`` (a private key in PEM), ``strong``, ``masked``,
            ``odd`` (no word, and too short to tell), ``word``, ``data`` (an address, a date, a number).
        label: of a label, what it says: a field, ``key``, ``other key``, ``neutral`` or ``noise``; of a
            value, the label that it is bound to.
        exact: a label without any other words.
        closed: a label with a colon or the like behind it, so that its value follows.
        alone: a value beside words that are no label; it takes none from another line.
        doubt: why the value itself is in doubt.
        whole: the value as it stood, if it was cut to its text: with a comma, or its escapes.
    """

    kind: str
    line: int
    text: str = ""
    label: str = ""
    exact: bool = False
    closed: bool = False
    alone: bool = False
    doubt: str = ""
    whole: str = ""

    @property
    def is_value(self) -> bool:
        return self.kind not in ("label", "text")


_VALUES = ("key", "strong", "masked", "data")
_OTHERS = ("noise", "neutral", "surplus")  # labels of what is no field


class _Reader:
    """Reads lines with one profile in mind, or, to compare exchanges, with none."""

    def __init__(self, profile: Profile | None, blocks: Sequence[_Block]) -> None:
        self.blocks = blocks
        self.fields = {field.name: field for field in profile.fields} if profile else {}
        self.any = profile is not None and not self.fields
        self.phrases = _phrases(profile)
        self.longest: dict[str, int] = {}
        for phrase in self.phrases:
            self.longest[phrase[0]] = max(len(phrase), self.longest.get(phrase[0], 0))
        self.followed: set[str] = set()  # what stands directly behind a value: "," in JSON
        self.joined: set[str] = set()  # values put together from several lines
        self.tied: set[str] = set()  # fields with a label and a colon or the like in front of a value
        self.glued: set[str] = set()  # passphrases with no blank between them and their label
        self.dangling: set[str] = set()  # fields with a label more than they have values

    # --- labels ---

    def _role(self, role: str) -> str:
        """The field that a label of this role stands for, or one of the other kinds of label."""
        if role.startswith("="):
            return role[1:]
        if (
            role in ("noise", "neutral", "filler", "right", "key", "other key")
            or self.any
            or role in self.fields
        ):
            return role
        for other in {"secret_key": ("private_key",), "private_key": ("secret_key",)}.get(role, ()):
            if other in self.fields:
                return other
        if role == "passphrase":
            return "surplus"
        return "neutral" if role in ("api_key", "secret_key", "private_key") else "noise"

    def _said(self, text: str) -> tuple[str, float]:
        """What *text* is a label of, empty if of nothing, and how many other words it has."""
        atoms = _atoms(text)
        roles, others, at = set(), 0.0, 0
        while at < len(atoms):
            for size in range(min(self.longest.get(atoms[at], 0), len(atoms) - at), 0, -1):
                if role := self.phrases.get(tuple(atoms[at : at + size])):
                    roles.add(self._role(role))
                    at += size
                    break
            else:
                others += 0.5 if _IDEOGRAPH.match(atoms[at]) else not atoms[at].isdigit()
                at += 1
        roles.discard("filler")
        if roles == {"right"}:
            return "", others + 1
        roles.discard("right")
        for kind in _OTHERS:
            if kind in roles:
                return kind, others
        if len(roles) > 1:
            roles -= {"key", "other key"}
        return (roles.pop() if len(roles) == 1 else ""), others + 9 * (len(roles) > 0)

    def is_known(self, text: str) -> bool:
        """Whether *text* has words of labels and no others."""
        return bool(_atoms(text)) and not self._said(text)[1]

    def label(self, pieces: Iterable[_Piece]) -> tuple[str, float]:
        """The same of the words *pieces*; what stands in brackets counts where nothing else says it."""
        depth = 0
        outside: list[str] = []
        inside: list[str] = []
        for piece in pieces:
            if piece.kind == "bracket":
                depth = max(0, depth + (1 if piece.text in _OPENING else -1))
            else:
                (inside if depth else outside).append(piece.text)
        said, others = self._said(" ".join(outside))
        if inside and said in ("", "key", "other key", "neutral"):
            within, more = self._said(" ".join(inside))
            if within in self.fields or (within and not said):
                return within, others + more
        return said, others

    # --- values ---

    def fits(self, field: Field, text: str) -> bool:
        """Whether *text* has the shape of *field*; where none is known, any long value has."""
        if text.startswith(_BEGIN):
            return bool({*field.keys} - {"secp256k1"})
        if field.shape:
            return len(text) <= _MAX_TOKEN and bool(re.fullmatch(field.shape, text))
        return field.name not in _FREE and _is_strong(text)

    def agrees(self, label: str, text: str) -> bool:
        """Whether *text* can stand under a label of that field, for all that is known."""
        field = self.fields.get(label)
        return bool(field and (self.fits(field, text) or (field.name in _FREE and not field.shape)))

    def shaped(self, text: str) -> list[str]:
        """The fields that have a shape, which *text* has."""
        return [field.name for field in self.fields.values() if field.shape and field.name not in _FREE
                and len(text) >= _LONG and self.fits(field, text)]  # fmt: skip

    def kind(self, text: str) -> str:
        """What sort of value a word is, or ``word``."""
        if len(text) == 1 and 0 <= ord(text) - _FIRST_KEY < len(self.blocks):
            return "key"
        long = len(text) >= _LONG and not _is_wordy(text)
        if long and self.shaped(text):
            return "strong"
        if _is_masked(text):
            return "masked"
        if _is_data(text):
            return "data"
        if not any(character.isalnum() for character in text):
            return "word"
        if long and _is_strong(text):
            return "strong"
        return "word" if _is_plain(text) else "odd"

    def is_opaque(self, line: str, at: int, chunk: str) -> bool:
        """Whether what stands at *at* between blanks is one short value, with whatever separators in it.

        A passphrase has them; a label with its value has them too, and so have two values.
        """
        if not 7 <= len(chunk) <= 64 or not chunk.isascii() or not chunk[0].isalnum():
            return False
        apart = any(character in ":=,;&|<>()[]{}" for character in chunk.rstrip(",;"))
        if not apart or not any(character.isdigit() for character in chunk):
            return False
        parts = re.split("[:=,;&|<>()\\[\\]{}]", chunk)
        before = re.split("[:：=＝,;&|]|  ", line[max(0, at - _AHEAD) : at])[-1]
        said = self._said(f"{before}{parts[0]}")[0]
        named = chunk[len(parts[0])] in ":=" and said not in ("", self._said(before)[0])
        kinds = {self.kind(part.strip("\"'`“”")) for part in parts}
        kind = self.kind(chunk)
        return not named and kind in ("odd", "strong") and not kinds & {"key", "strong", "masked"}

    def value(self, kind: str, text: str, line: int, **more: Any) -> _Item:
        if kind == "key":
            block = self.blocks[ord(text) - _FIRST_KEY]
            more["doubt"] = "" if block.whole else "its first or its last line is missing"
            text = block.text
        return _Item(kind, line, text, **more)

    def items(self, line: str, number: int, pieces: Sequence[_Piece]) -> list[_Item]:
        """What the line *number* has, in its order."""
        found: list[_Item] = []
        run: list[_Piece] = []
        skip = 0

        def close(*, closed: bool = False) -> str:
            label = self._run(found, run, number, closed=closed)
            run.clear()
            return label

        for place, piece in enumerate(pieces):
            if piece.start < skip:
                continue
            if piece.kind == "word":
                text, kind = self._word(piece)
                if kind in _VALUES and not (kind == "data" and text.isdigit() and len(text) < 4):
                    close()
                    found.append(self.value(kind, text, number))
                    self._follow(line, piece.end)
                else:
                    run.append(piece)
            elif piece.kind == "sep":
                ahead = [p for p in pieces[place + 1 : place + 9] if p.kind in ("word", "bracket")]
                behind = len(run) == 1 and not self._names(run[0]) and self.label(ahead)[0]
                label = close(closed=not behind)
                if label in ("noise", "neutral") and ahead:
                    found[-1] = found[-1].changed(text="answered")
                if label in _FREE:
                    skip = self._free(found, line, piece.end, number)
                elif label in self.fields or self.any:
                    skip = self._short(found, pieces[place + 1 : place + 2], label, number)
            elif piece.kind == "cell":
                close()
            else:
                run.append(piece)
        close()
        return found

    def _word(self, piece: _Piece) -> tuple[str, str]:
        """The word, without the punctuation of the sentence or the page around it, and its kind.

        What it could be part of, like a passphrase, keeps it.
        """
        text = piece.text
        if piece.quoted:
            return text, "word" if " " in text else self.kind(text)
        bare = text.strip("\"'`“”„«»‹›\\")
        for mark in ("**", "~~", "*"):
            if len(bare) > 4 and bare.startswith(mark) and bare.endswith(mark):
                bare = bare[len(mark) : -len(mark)]
        inner = bare.strip(".!?*~#")
        if self.shaped(inner) or (bare == f"{inner}." and self.kind(inner) == "strong"):
            return inner, "strong"
        return (bare, self.kind(bare)) if bare else (text, "word")

    def _follow(self, line: str, end: int) -> None:
        self.followed.update(line[end : end + 1].strip(" ") and line[end])

    def _run(self, found: list[_Item], run: list[_Piece], number: int, *, closed: bool) -> str:
        """Add what the words of *run* are; return the field or kind of label, if they are one."""
        words = [piece for piece in run if piece.kind == "word"]
        if not words:
            return ""
        if not closed and (pair := self._beside(words)):
            label, value = pair
            items = [_Item("label", number, label=label, exact=True), self.value("odd", value.text, number)]
            found += items if value is words[-1] else items[::-1]
            return ""
        said, others = self.label(run)
        if len(words) == 1 and not closed and not self._names(words[0]):
            found.append(_trimmed(self.value("odd", words[0].text, number), ""))
        elif said and others <= _MOST_OTHERS:
            found.append(_Item("label", number, label=said, exact=not others, closed=closed))
            return said
        elif said or others:  # else a button, or punctuation
            found.append(_Item("text", number, " ".join(piece.text for piece in words), closed=closed))
        return ""

    def _names(self, word: _Piece) -> bool:
        """Whether a word stands for a label or for nothing, not for a value like Pass-Phrase-1."""
        said, others = self.label([word])
        if not others and said in ("", "noise"):
            return True
        return self._word(word)[1] != "odd" and not (word.quoted and not said and " " not in word.text)

    def _beside(self, words: Sequence[_Piece]) -> tuple[str, _Piece] | None:
        """The label and the short value of words like ``Client ID ab12cd34``, if they are that."""
        for value, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
            if rest and not self._names(value):
                label, others = self.label(rest)
                if (label in self.fields or self.any) and not others and label:
                    return label, value
        return None

    def _short(self, found: list[_Item], following: Sequence[_Piece], label: str, number: int) -> int:
        """Add the value behind a field's label and its colon if it is short; return where it ends."""
        for piece in following:
            text, kind = self._word(piece) if piece.kind == "word" else ("", "")
            if kind == "word" and self.label([piece])[0]:
                break
            if kind in ("odd", "word"):
                field = self.fields.get(label)
                plain = kind == "word" and not piece.quoted
                if kind == "odd" or (field and field.shape and self.fits(field, text)):
                    doubt = "it is one plain word" if plain else ""
                    found.append(self.value("odd", text.rstrip(",;"), number, doubt=doubt))
                    return piece.end
        return 0

    def _free(self, found: list[_Item], line: str, start: int, number: int) -> int:
        """Add the passphrase behind its label, which any character may be part of; return where it ends."""
        while line[start : start + 1] in (" ", "*") and (line[start] == " " or line.startswith("**", start)):
            start += 1 if line[start] == " " else 2
        if start < len(line) and line[start] in _QUOTES and (end := _closing(line, start)):
            text, doubt = _unescaped(line[start + 1 : end])
            found.append(self.value(self._kind_of_free(text), text, number, doubt=doubt))
            return end + 1
        chunk = _CHUNK.match(line, start)
        if not chunk or chunk[0][0] in _BRACKETS:
            return 0
        text = chunk[0][: self._uncoupled(chunk[0])]
        end = start + len(text)
        item = self.value(self._kind_of_free(text), text, number)
        more = self._goes_on(text, line[end : end + _AHEAD])
        if item.kind in ("word", "data") and (more or self.label([_Piece("word", text, 0, 0)]) != ("", 1.0)):
            return 0  # words about it
        if not line[start - 1].isspace():
            self.glued.add(text)
        if more or item.kind == "word":
            item = item.changed(doubt="more stands on its line" if more else "it is one plain word")
        elif "\\" in text:
            item = item.changed(doubt="it has a backslash")
        found.append(_trimmed(item, line[:start]))
        return end

    def _goes_on(self, text: str, rest: str) -> bool:
        """Whether words follow a passphrase that may belong to it: no button, remark or other label."""
        rest = rest.partition("\t")[0].partition("  ")[0].strip()
        if not rest or text.endswith((",", ";")) or rest[0] in "#(（/[|,;":
            return False
        named = re.match("[^:：=＝]*", rest)
        said, others = self._said(named[0] if named else rest)
        return not said and others > 0

    def _kind_of_free(self, text: str) -> str:
        if _is_masked(text):
            return "masked"
        return "key" if self.kind(text) == "key" else "word" if _is_plain(text) else "odd"

    def _uncoupled(self, text: str) -> int:
        """The length of *text* up to where another label begins, as in ``Ab-1,secret=…``."""
        for place, character in enumerate(text):
            if character in ",;&|" and place:
                ahead = text[place + 1 : place + 1 + 64]
                name = re.match("[\"']?([A-Za-z_ -]+)[\"']?[:=]", ahead)
                if name and self._said(name[1])[0]:
                    return place
        return len(text)


def _trimmed(item: _Item, before: str) -> _Item:
    """Without a comma or a bracket at its end, which may be the text's or its own."""
    bare = item.text.rstrip(",;")
    if bare.endswith(("}", ")", "]")) and any(mark in before for mark in "{(["):
        bare = bare[:-1]
    return item.changed(text=bare, whole=item.text) if bare and bare != item.text else item


def _is_plain(text: str) -> bool:
    """Whether it is a word, or words with dashes: letters that are not mixed like a key's."""
    if any(character.isdigit() for character in text):
        return False
    bare = "".join(character for character in text if character not in "-_/'’&+.…|")
    return not bare or (bare.isalpha() and (len(text) < 7 or not bare.isascii() or _is_wordy(text)))


def _is_wordy(text: str) -> bool:
    """Whether its letters stand in groups as in words: what is drawn at random mixes its cases."""
    if sum(character.isdigit() for character in text) > 2:
        return False
    parts = re.findall("[^\\W\\d_]+", text)
    groups = [group for part in parts for group in ([part] if part.isupper() else re.findall(_GROUP, part))]
    return bool(groups) and len("".join(groups)) == len("".join(parts)) >= 3 * len(groups)


def _is_strong(text: str) -> bool:
    """Whether it looks drawn at random: long, of letters and digits; one that is mistyped still does."""
    if not _LONG <= len(text) <= _MAX_TOKEN or text.isdigit() or _is_wordy(text):
        return False
    strange = [character for character in text if character not in _PLAIN]
    plain = sum(character in _LETTERS for character in text)
    few = len(strange) <= len(text) // 4 and all(c.isalpha() or c in ".…$" for c in strange)
    return few and plain >= _LONG - 4 and any(character.isalpha() for character in text)


def _is_masked(text: str) -> bool:
    """Whether part of it is hidden, by stars or dots, or left out."""
    marks = "".join("*" if character in _MASKS else " " for character in text)
    if "***" in marks:
        return " " not in marks or not _is_plain(text.strip("".join(_MASKS)))
    for mark in ("…", "..."):
        before, found, after = text.partition(mark)
        seen = before + after
        if found and len(seen) >= 3 and _PLAIN.issuperset(seen) and (after or not _is_plain(before)):
            return any(character.isalpha() for character in seen)
    return False


def _is_data(text: str) -> bool:
    """Whether it is a date, a number, an address of whatever kind: what no credential is."""
    if "://" in text or text.lower().startswith("www."):
        return True
    if re.fullmatch("((UTC|GMT)?[0-9.,:/+TZ%-]+)+", text) and not text.isalpha():
        return True
    if re.fullmatch("[0-9A-Fa-f:]{2,39}(/[0-9]{1,3})?", text) and text.count(":") > 1:
        return True
    return bool(re.fullmatch("([A-Za-z0-9._%+-]{1,64}@)?([A-Za-z0-9-]{1,63}[.]){1,8}[A-Za-z]{2,12}", text))


def _unescaped(text: str) -> tuple[str, str]:
    """A quoted passphrase as it is meant; with a backslash it can be meant in two ways."""
    if "\\" not in text:
        return text, ""
    import json

    try:
        meant = json.loads(f'"{text}"')
    except ValueError:
        meant = text.replace("\\'", "'").replace("\\\\", "\\")
    return meant, "it has a backslash, which may be an escape"


# --- which label belongs to which value ---------------------------------------------------------------


def _bound(items: Sequence[_Item], fits: Callable[[str, str], bool]) -> tuple[list[_Item], bool]:
    """The items, each value with its label; and whether the layout can be read in two ways.

    A label stands before its value as a rule. Where that leaves a value without one, and standing
    behind does not, it is behind.
    """
    before = _pairs(items)
    places = [place for place in range(len(items) - 1, -1, -1) if not items[place].closed]
    mirrored = _pairs([items[place] for place in places])
    after = {places[value]: places[label] for value, label in mirrored.items()}
    torn, chosen = False, {}
    for kinds in (("key", "strong", "masked", "odd"), ("key", "strong", "masked")):
        if not chosen and _is_complete(items, before, kinds):
            chosen = before
            torn = _is_complete(items, after, kinds) and _is_torn(items, before, after, fits, "odd" in kinds)
            if torn and _is_perfect(items, after, fits):
                torn, chosen = False, after
        elif not chosen and _is_complete(items, after, kinds):
            chosen = after
    return [
        item.changed(label=items[chosen[place]].label) if place in chosen else item
        for place, item in enumerate(items)
    ], torn


def _is_torn(
    items: Sequence[_Item],
    before: Mapping[int, int],
    after: Mapping[int, int],
    fits: Callable[[str, str], bool],
    every: bool,
) -> bool:
    """Whether labels behind their values may be meant; *every* value has one in front.

    They are if they fit better; or as well, and stand nearer, or leave no value out.
    """
    fields = {value: label for value, label in before.items() if items[label].label not in _OTHERS}
    if not fields or all(after.get(value) == label for value, label in fields.items()):
        return False
    ahead, behind = _score(items, before, fits), _score(items, after, fits)
    near = sum(items[value].line - items[label].line for value, label in before.items()) / max(1, len(before))
    far = sum(items[label].line - items[value].line for value, label in after.items()) / max(1, len(after))
    return behind > ahead or (behind == ahead and (near > far or not every))


def _is_perfect(items: Sequence[_Item], pairs: Mapping[int, int], fits: Callable[[str, str], bool]) -> bool:
    """Whether every value has the label of a field, and its shape."""
    return all(
        place in pairs and fits(items[pairs[place]].label, item.text)
        for place, item in enumerate(items)
        if item.is_value and item.kind != "data"
    )


def _pairs(items: Sequence[_Item]) -> dict[int, int]:
    """The label of each value that has one in front of it: by place.

    One label and one value are a pair; the labels of a table's head, or of a stack, and as many values
    go in order.
    """
    pairs: dict[int, int] = {}
    labels: list[int] = []
    values: list[int] = []
    for place, item in enumerate(items):
        if item.is_value:
            values.append(place)
            continue
        if values:
            pairs.update(_paired(items, labels, values))
            labels, values = [], []
        if labels and items[labels[-1]].label == item.label:
            labels.pop()
        labels.append(place)
    pairs.update(_paired(items, labels, values))
    return pairs


def _paired(items: Sequence[_Item], labels: list[int], values: list[int]) -> dict[int, int]:
    """Labels in a row, and the values in a row that follow them."""
    if not labels or not values:
        return {}
    if len(values) == 1:
        return {values[0]: labels[-1]}
    if len(labels) == 1:
        return {values[0]: labels[0]}
    head = [place for place in labels if items[place].line == items[labels[-1]].line]
    row = [place for place in values if items[place].line == items[values[0]].line]
    if len(head) > 1 or len(row) > 1:
        return dict(zip(row, head, strict=True)) if len(head) == len(row) else {}
    fields = labels[next((n for n, place in enumerate(labels) if items[place].label != "noise"), 0) :]
    bare = [place for place in values if items[place].kind != "data"]
    if len(fields) == len(bare) and bare == values[: len(bare)]:
        return dict(zip(bare, fields, strict=True))
    return dict(zip(values, labels, strict=True)) if len(labels) == len(values) else {}


def _is_complete(items: Sequence[_Item], pairs: Mapping[int, int], kinds: Sequence[str]) -> bool:
    """Whether every value of these kinds has a label, and no field has two."""
    fields = {(items[label].label, items[value].text) for value, label in pairs.items()}
    named = [field for field, _ in fields if field not in _OTHERS]
    counted = [place for place, item in enumerate(items) if item.kind in kinds]
    counted = [place for place in counted if items[place].kind != "odd" or len(items[place].text) >= _SHORT]
    return all(place in pairs for place in counted) and (len(named) == len({*named}))


def _score(items: Sequence[_Item], pairs: Mapping[int, int], fits: Callable[[str, str], bool]) -> int:
    """How well shapes and labels agree."""
    return sum(
        1 if fits(items[label].label, items[value].text) else -1
        for value, label in pairs.items()
        if items[value].kind != "data" and items[label].label not in ("key", "other key")
    )


def _read(text: str, profile: Profile | None) -> tuple[_Reader, list[_Item], bool]:
    """Every value of *text* with the label that it goes by; and whether that can be read in two ways."""
    text, blocks = _without_keys(_cleaned(text))
    reader = _Reader(profile, blocks)
    texts = text.split("\n")
    lines = [_pieces(line, reader.is_opaque) for line in texts]
    _join_wrapped(reader, lines)
    values: list[_Item] = []
    rest: list[_Item] = []
    torn = False
    for number, line in enumerate(texts):
        items = _tight(reader.items(line, number, lines[number]))
        words = [item for item in items if item.kind == "text"]
        loose = [item for item in items if item.kind != "text" and not (item.is_value and item.label)]
        if {item.is_value for item in loose} == {True, False}:
            loose, here = _bound(loose, reader.agrees)
            torn |= here
        bound = [item for item in (*items, *loose) if item.is_value and item.label]
        taken = {item.label for item in bound}
        values += bound
        tied = {item.label for item in items if item.is_value}
        if items and items[0].kind == "label" and items[0].label in tied & {*_FREE}:
            reader.dangling.add(items[0].label)
        reader.tied |= tied
        if words and rest and rest[-1].label in ("noise", "neutral") and rest[-1].line < number:
            rest.pop()  # its value is these words
        rest += _left(loose, words, taken, rest[-1:], reader.agrees)
    found, here = _bound([item for item in rest if not item.alone], reader.agrees)
    used = {item.label for item in found if item.is_value}
    reader.dangling |= {item.label for item in rest if not item.is_value and item.label in _FREE} - used
    values += [item for item in found if item.is_value] + [item for item in rest if item.alone]
    return reader, [item for item in _told_apart(values) if item.kind != "data"], torn | here


def _left(
    loose: Sequence[_Item],
    words: Sequence[_Item],
    taken: set[str],
    last: Sequence[_Item],
    agrees: Callable[[str, str], bool],
) -> Iterable[_Item]:
    """What of a line waits for other lines: values without labels, and labels outside of sentences."""
    length = sum(len(other.text.split()) for other in words)
    full = any(item.label and item.is_value for item in loose)
    for item in loose:
        if item.is_value and not item.label:
            yield item.changed(alone=bool(words))
        elif (
            item.label not in taken
            and not full
            and not item.text
            and (item.closed or (item.exact and length <= 4))
        ):
            yield item
    if (
        not loose
        and len(words) == 1
        and last
        and agrees(last[0].label, words[0].text)
        and " " not in words[0].text
    ):
        yield words[0].changed(kind="odd", doubt="it is one plain word")


def _tight(items: Sequence[_Item]) -> list[_Item]:
    """The items, each value with the label that a colon or the like ties to it."""
    found: list[_Item] = []
    for item in items:
        if item.is_value and found and found[-1].closed and found[-1].kind in ("label", "text"):
            label = found[-1]
            if label.kind == "label":
                found.pop()
                item = item.changed(label=label.label)
        found.append(item)
    return found


def _join_wrapped(reader: _Reader, lines: list[list[_Piece]]) -> None:
    """Put together, in place, what a narrow page has broken: parts that have a shape only as one.

    A part that is a value by itself is left alone, unless its label says the field of the whole.
    """
    label = ""
    for number, pieces in enumerate(lines):
        words = [piece for piece in pieces if piece.kind == "word"]
        said, _ = reader.label(words[:-1] if words and _is_part(words[-1].text) else words)
        label = said or ("" if words[:-1] else label)
        if not words or not _is_part(words[-1].text) or _IDEOGRAPH.search(words[-1].text):
            continue
        whole = words[-1].text
        for following in range(number + 1, min(number + 4, len(lines))):
            parts = [p for p in lines[following] if p.kind == "word" and reader.label([p]) != ("", 0.0)]
            if len(parts) != 1 or parts[0].quoted or not _is_part(parts[0].text):
                break
            alone = [field for text in (words[-1].text, parts[0].text) for field in reader.shaped(text)]
            whole += parts[0].text
            fields = reader.shaped(whole)
            if fields and (not alone or (label in fields and label not in alone)):
                reader.joined.add(whole)
                pieces[pieces.index(words[-1])] = words[-1].changed(text=whole)
                for place in range(number + 1, following + 1):
                    lines[place][:] = []
                break


def _is_part(text: str) -> bool:
    """Whether it can be a part of a value, and is no word and no code of a few digits."""
    return (
        len(text) >= 2
        and _PLAIN.issuperset(text)
        and not _is_plain(text)
        and not (text.isdigit() and len(text) <= 8)
    )


def _told_apart(values: Sequence[_Item]) -> list[_Item]:
    """The values, where a label says but "key", with what the other labels leave for it."""
    said = {item.label for item in values}
    secret = next((name for name in ("secret_key", "private_key") if name in said), "")
    meant = {"key": "api_key" if secret else "", "other key": ""}
    if secret and "api_key" not in said:
        meant["other key"] = "api_key"
    elif "api_key" in said and not secret:
        meant["other key"] = "secret_key"
    if "api_key" in said:
        meant["key"] = ""
    return [item.changed(label=meant.get(item.label, item.label)) for item in values]


# --- which value is which field -----------------------------------------------------------------------


class _Candidate(Record):
    """A value, however often it stands in the text, and everything that is said about it."""

    text: str
    kind: str
    line: int
    labels: frozenset[str]
    doubt: str
    whole: str

    @property
    def is_strong(self) -> bool:
        return self.kind in ("strong", "key")


def _candidates(values: Sequence[_Item]) -> list[_Candidate]:
    """The distinct values; what is masked is none."""
    found: dict[str, _Candidate] = {}
    for item in values:
        label = frozenset({item.label} if item.label else ())
        if item.kind == "masked":
            continue
        if (known := found.get(item.text)) is None:
            found[item.text] = _Candidate(item.text, item.kind, item.line, label, item.doubt, item.whole)
        else:
            doubt = known.doubt and item.doubt
            kind = "strong" if "strong" in (known.kind, item.kind) else known.kind
            whole = known.whole and item.whole
            found[item.text] = known.changed(labels=known.labels | label, doubt=doubt, kind=kind, whole=whole)
    return list(found.values())


class _Decision:
    """What each field gets: a value beyond doubt, a question, or nothing."""

    def __init__(self, profile: Profile, reader: _Reader, values: Sequence[_Item]) -> None:
        self.profile, self.reader = profile, reader
        self.all = _candidates(values)
        self.masked = [item for item in values if item.kind == "masked"]
        self.taken: dict[str, _Candidate] = {}
        self.doubts: dict[str, tuple[_Candidate, str, tuple[_Candidate, ...]]] = {}
        self.remarks: list[str] = []
        known = profile.fields or [profiles.Field(name, name) for name in _LABELS if self._any(name)]
        self.bound = [field for field in known if field.name not in _FREE]
        self.free = [field for field in known if field.name in _FREE]
        names = {field.name for field in known}
        self.named = {c.text: sorted(c.labels & names) for c in self.all}

    def _any(self, label: str) -> bool:
        return label not in ("noise", "neutral", "filler") and any(label in c.labels for c in self.all)

    def fits(self, field: Field, candidate: _Candidate) -> bool:
        return self.reader.fits(field, candidate.text)

    def doubt(self, field: Field, values: Sequence[_Candidate], why: str) -> None:
        self.taken.pop(field.name, None)
        self.doubts.setdefault(field.name, (values[0], why, tuple(values[1:])))

    def open(self) -> list[Field]:
        return [f for f in self.bound if f.name not in self.taken and f.name not in self.doubts]

    # --- by label and shape ---

    def decide(self) -> None:
        """Every field that shapes and labels can tell."""
        self._mark_agent()
        for field in self.bound:
            self._by_label(field)
        free = [c for c in self.all if c.is_strong and not self.named[c.text] and not c.labels & {"noise"}]
        open_before = {field.name for field in self.open()}
        for field in self.bound:
            rivals = [c for c in free if self.fits(field, c) and not self._others(c) & open_before]
            if field.name in self.taken and rivals:
                self.doubt(
                    field, [self.taken[field.name], *rivals], "another value of its shape is there, too"
                )
        for field in self.open():
            self._by_shape(field, free)
        self._by_order(free)
        for field in self.open():
            self._by_rest(field, free)

    def _others(self, candidate: _Candidate) -> set[str]:
        return {field.name for field in self.bound if self.fits(field, candidate)}

    def _by_label(self, field: Field) -> None:
        good = [c for c in self.all if field.name in self.named[c.text] and self.fits(field, c)]
        if len(good) > 1:
            self.doubt(field, good, f"{len(good)} different values stand under its label")
        elif good and len(self.named[good[0].text]) > 1:
            others = [
                self.profile.field(name).label for name in self.named[good[0].text] if name != field.name
            ]
            self.doubt(field, good, f"the same value stands under the label of the {others[0]}, too")
        elif good and good[0].doubt:
            self.doubt(field, good, good[0].doubt)
        elif good:
            self.taken[field.name] = good[0]

    def _mislabelled(self, field: Field) -> list[_Candidate]:
        return [c for c in self.all if field.name in self.named[c.text] and not self.fits(field, c)]

    def _by_shape(self, field: Field, free: Sequence[_Candidate]) -> None:
        """A field without a fitting value under its label: what has its shape, and no other field's."""
        wrong = [c for c in self._mislabelled(field) if c.is_strong]
        swapped = [
            c for c in self.all if c.is_strong and self.named[c.text] and self._others(c) == {field.name}
        ]
        sole = [c for c in free if self._others(c) == {field.name}]
        plain = [c for c in sole if "neutral" not in c.labels or len(c.text) > 2 * _LONG]
        for other in swapped:
            label = self.profile.field(self.named[other.text][0]).label
            self._note(
                f"under the label of the {label} stands what has the shape of the {field.label}: swapped?"
            )
            if len(swapped) == 1 and not sole:
                self.doubt(field, swapped, f"its label says {label}")
        if len(sole) == 1 == len(plain) and not swapped and not wrong and not sole[0].doubt:
            self.taken[field.name] = sole[0]
        elif sole:
            many = "there is more than one value that it could be"
            self.doubt(field, [*sole, *swapped, *wrong], sole[0].doubt or (many if len(sole) > 1 or wrong else
                       "its label is not the usual one"))  # fmt: skip
        elif wrong := [c for c in wrong if not self._others(c)]:
            self.doubt(field, wrong, self._flaw(field, wrong[0]))

    def _by_order(self, free: Sequence[_Candidate]) -> None:
        """Fields whose shapes are one, and values without labels."""
        still = self.open()
        alike = [c for c in free if "neutral" not in c.labels and len(self._others(c)) > 1]
        alike = [c for c in alike if self._others(c) & {field.name for field in still}]
        alike.sort(key=lambda c: c.line)
        for place, field in enumerate(still):
            mine = [c for c in alike if self.fits(field, c)]
            if len(mine) == len(still) > 1:
                others = [c for c in mine if c is not mine[place]]
                why = f"it is one of {len(mine)} values of the same shape, and is taken by its place alone"
                self.doubt(field, [mine[place], *others], why)
            elif mine:
                alike_fields = [f for f in self.bound if f is not field and self.fits(f, mine[0])]
                why = f"nothing says that it is not the {alike_fields[0].label}, which has the same shape"
                self.doubt(field, mine, why)

    def _by_rest(self, field: Field, free: Sequence[_Candidate]) -> None:
        """A field that nothing fits: what stands under its label all the same, or under another one."""
        if wrong := self._mislabelled(field):
            wrong.sort(key=lambda c: not c.is_strong)
            others = [self.profile.field(name) for name in self._others(wrong[0]) if wrong[0].is_strong]
            if not any(self.doubts.get(other.name, wrong)[0] is wrong[0] for other in others):
                why = f"it has the shape of the {others[0].label}" if others else self._flaw(field, wrong[0])
                self.doubt(field, wrong, why)
        elif odd := [c for c in self.all if c.is_strong and "noise" in c.labels and self.fits(field, c)]:
            self.doubt(field, odd, "it stands under another label")
        elif odd := [
            c for c in self.all if not c.is_strong and not c.labels and field.shape and self.fits(field, c)
        ]:
            if len(odd) == 1:
                self.doubt(field, odd, "it stands without a label")
        else:
            near = [c for c in free if not self._others(c) and "neutral" not in c.labels]
            if len(near) == 1 and field.shape and [field] == [f for f in self.open() if f.shape]:
                self.doubt(field, near, self._flaw(field, near[0]))

    # --- what a person invents ---

    def decide_free(self) -> None:
        """The passphrase: what stands under its label; else, as a question, the one value it could be."""
        for field in self.free:
            named = [c for c in self.all if field.name in self.named[c.text]]
            if len(named) > 1:
                self.doubt(field, named, f"{len(named)} different values stand under its label")
            elif named:
                if why := self._free_doubt(field, named[0]):
                    self.doubt(field, named, why)
                else:
                    self.taken[field.name] = named[0]
            elif field.name == "passphrase":
                odd = [c for c in self.all if self._could_be(field, c)]
                if len(odd) == 1:
                    self.doubt(field, odd, "it stands without a label")

    def _free_doubt(self, field: Field, value: _Candidate) -> str:
        others = [*self.named[value.text]]
        others.remove(field.name)
        if others or any(value.text == other.text for other in self.taken.values()):
            return "the same value stands under another label, too"
        if field.name in self.reader.dangling:
            return "its label stands once more, without a value"
        if len(value.text) < _SHORT:
            return f"it has {len(value.text)} characters only"
        if value.whole and value.whole[len(value.text) :].strip("}])")[:1] not in ("", *self.reader.followed):
            return "a comma at its end was left out"
        shaped = [
            other for other in self.bound if other.shape and value.is_strong and self.fits(other, value)
        ]
        shaped += [other for other in self.open() if not other.shape and self.fits(other, value)]
        if value.text in self.reader.glued and not self.reader.tied - {field.name, *_OTHERS, ""}:
            return "its label may be a part of it"
        named = re.match("([^:=]*)[:=]", value.text)
        if named and self.reader.is_known(named[1]):
            return "its beginning may be a label of its own"
        return (
            value.doubt
            or (f"it could be the {shaped[0].label}" if shaped else "")
            or self._flaw(field, value)
        )

    def _could_be(self, field: Field, value: _Candidate) -> bool:
        """Whether an unlabelled value has what a passphrase has."""
        mixed = any(c.isdigit() for c in value.text) and any(c.isalpha() for c in value.text)
        used = [*self.taken.values(), *(doubt[0] for doubt in self.doubts.values())]
        return (
            not value.labels
            and value.kind in ("odd", "strong")
            and mixed
            and 7 <= len(value.text) <= 32
            and all(other.text != value.text for other in used)
            and not self._others(value)
            and (not field.shape or self.fits(field, value))
        )

    # --- doubts about what was found ---

    def _note(self, remark: str) -> None:
        if remark not in self.remarks:
            self.remarks.append(remark)

    def _flaw(self, field: Field, value: _Candidate) -> str:
        """What is wrong with the value itself; empty if nothing is."""
        found = _remarks(self.profile, field, Secret(value.text))
        if field.shape and not value.text.startswith(_BEGIN) and not self.fits(field, value):
            if place := _misfit(field, value.text):
                found.append(f"character {place} is none that it can have")
        elif not field.shape and field.name not in _FREE and not value.is_strong:
            found.append(f"it has {len(value.text)} characters only")
        if (
            not field.public
            and not value.text.startswith(_BEGIN)
            and re.search(f"(.)\\1{{{_SAME - 1}}}", value.text)
        ):
            found.append("it has the same character many times in a row, as an example or a masked value has")
        return "; ".join(found)

    def _mark_agent(self) -> None:
        """An address that a private key beside it gives is the agent's own."""
        names = {field.name: field for field in self.bound}
        if "wallet_address" not in names or "private_key" not in names:
            return
        for key in [c for c in self.all if self.fits(names["private_key"], c)]:
            own = _address(Secret(key.text)).lower()
            mine = [c for c in self.all if c.text.lower() == own]
            others = [c for c in self.all if c not in mine and self.fits(names["wallet_address"], c)]
            if mine and others:
                self.all.remove(mine[0])
            elif mine:
                self.doubt(names["wallet_address"], mine, _AGENT)

    def check(self, *, torn: bool) -> None:
        """Doubts that come from the values found, from the layout and from other exchanges."""
        for field in self.bound:
            if (value := self.taken.get(field.name)) and (why := self._flaw(field, value)):
                self.doubt(field, [value], why)
            elif value and not field.shape and self._is_continued(value):
                self.doubt(field, [value], "a further piece stands on the next line")
            elif value and value.text in self.reader.joined:
                self._note(f"{field.label}: put together from several lines")
        if any("surplus" in c.labels for c in self.all):
            self._note(f"a passphrase is there, which {self.profile.title}'s credentials do not have")
        self._check_masked()
        if torn:
            self._doubt_all("the labels can be read in two ways")
        if titles := [f"{title}'s" for title in self._foreign()]:
            self._note(f"these look like {' or '.join(titles)}, not like {self.profile.title}'s")
            self._doubt_all(f"the values together look like {titles[0]}")

    def _is_continued(self, value: _Candidate) -> bool:
        return any(
            c.line == value.line + 1
            and not c.labels
            and c.kind in ("strong", "odd")
            and _PLAIN.issuperset(c.text)
            for c in self.all
        )

    def _doubt_all(self, why: str) -> None:
        for field in (*self.bound, *self.free):
            if value := self.taken.get(field.name):
                self.doubt(field, [value], why)

    def _check_masked(self) -> None:
        """What is masked is fine where the whole value is there, too."""
        fields = {field.name: field for field in (*self.bound, *self.free)}
        for item in self.masked:
            first, last = _edges(item.text)
            whole = {
                name for name, c in self.taken.items() if c.text.startswith(first) and c.text.endswith(last)
            }
            if not first and not last and item.label not in fields and self.open():
                whole = set()  # stars alone agree with everything
            if item.label in whole or item.label == "noise" or (item.label not in fields and whole):
                continue
            label = f"{fields[item.label].label}: it" if item.label in fields else "a value"
            self._note(f"{label} is masked; only its page can show it whole")
            if value := self.taken.get(item.label):
                self.doubt(fields[item.label], [value], "what stands masked under its label is another value")

    def _foreign(self) -> list[str]:
        """Titles of other exchanges whose whole set is here, unless this exchange's is."""
        shaped = [field for field in self.bound if field.shape and not field.optional]
        if (
            shaped
            and len(shaped) == len([f for f in self.bound if not f.optional])
            and _is_whole(shaped, self.all, self.reader)
        ):
            return []
        return [other.title for other in _whole_sets(self.all, self.reader, self.profile.name)]

    def captured(self) -> Captured:
        """The outcome, in the profile's order."""
        used = {c.text for c in self.taken.values()}
        used |= {c.text for value, _, others in self.doubts.values() for c in (value, *others)}
        left = [c for c in self.all if c.is_strong and c.text not in used and "noise" not in c.labels]
        if left and any(field.name not in self.taken for field in self.bound):
            some = "a value is there that" if len(left) == 1 else f"{len(left)} values are there that"
            self._note(f"{some} no field has a place for")
        known = (*self.bound, *self.free)
        order = [field.name for field in self.profile.fields] or [field.name for field in known]
        return Captured(
            {name: Secret(self.taken[name].text) for name in order if name in self.taken},
            tuple(
                Unsure(name, Secret(value.text), why, tuple(Secret(other.text) for other in others))
                for name in order
                if name in self.doubts
                for value, why, others in (self.doubts[name],)
            ),
            len(left),
            tuple(self.remarks),
            tuple(field.name for field in self.profile.fields if not field.optional),
        )


def _remarks(profile: Profile, field: Field, value: Secret) -> list[str]:
    """What looks wrong about a value, as far as it can be known offline, without the field's label."""
    found = [text.removeprefix(f"{field.label}: ") for text in profile.remarks(field.name, value)]
    text = value.reveal()
    if found or not field.shape or len(text) > _MAX_TOKEN or not re.fullmatch(field.shape, text):
        return found
    if field.public and not _is_checked(text):
        found.append("its upper and lower case do not belong to this address: a character is changed")
    if "ed25519" in field.keys and len(text) in (44, 88) and text.endswith("="):
        try:
            keys.kind(value)
        except InvalidCredential as error:
            found.append(str(error))
    return found


def _is_checked(address: str) -> bool:
    """Whether an address agrees with the checksum of EIP-55, if it has one: it is in both cases then."""
    digits = address[2:]
    if not address.startswith("0x") or digits in (digits.lower(), digits.upper()):
        return True
    try:
        return keys.checksummed(address) == address
    except InvalidCredential:
        return True


def _address(key: Secret) -> str:
    """The address of a wallet's private key; empty if it is none."""
    try:
        return keys.address(key)
    except InvalidCredential:
        return ""


def _misfit(field: Field, text: str) -> int:
    """The place, from 1, of the one character but for which *text* has the shape; 0 if there is none."""
    for place in range(len(text) if len(text) <= 128 else 0):
        if any(re.fullmatch(field.shape, f"{text[:place]}{other}{text[place + 1 :]}") for other in "0Aa-"):
            return place + 1
    return 0


def _edges(text: str) -> tuple[str, str]:
    """What is seen of a masked value, at its beginning and at its end."""
    marks = "".join(_MASKS) + "….…"
    first = next((place for place, character in enumerate(text) if character in marks), 0)
    last = next((place for place, character in enumerate(reversed(text)) if character in marks), 0)
    return text[:first], text[len(text) - last :]


def _is_whole(fields: Sequence[Field], values: Sequence[_Candidate], reader: _Reader) -> bool:
    """Whether there is a value for each of *fields*, no value for two."""
    holders: dict[str, Field] = {}

    def place(field: Field, tried: set[str]) -> bool:
        for value in values:
            if value.text not in tried and reader.fits(field, value.text):
                tried.add(value.text)
                if value.text not in holders or place(holders[value.text], tried):
                    holders[value.text] = field
                    return True
        return False

    return all(place(field, set()) for field in fields)


def _whole_sets(values: Sequence[_Candidate], reader: _Reader, but: str) -> list[Profile]:
    """The other exchanges that have a value here for each field they show; passphrases aside."""
    found = []
    for name in profiles.names():
        try:
            profile = profiles.load(name)
        except VaultError:  # a broken file of the person's own is said where it is used
            continue
        fields = [field for field in profile.fields if field.name not in _FREE and not field.optional]
        if (
            name != but
            and fields
            and all(field.shape for field in fields)
            and _is_whole(fields, values, reader)
        ):
            found.append(profile)
    return found


# --- what the command line calls ----------------------------------------------------------------------

_AGENT = "it is the address of this private key itself; an agent has one, and its account another"


def read_dialog(text: str, profile: Profile) -> Captured:
    """What the dialog *text* holds for a credential of *profile*.

    Raises:
        InvalidCredential: If *text* is longer than :data:`MAX_PASTE`.
    """
    reader, values, torn = _read(text, profile)
    decision = _Decision(profile, reader, values)
    decision.decide()
    decision.decide_free()
    decision.check(torn=torn)
    return decision.captured()


def looks_like(text: str, but: str = "") -> list[str]:
    """Names of the profiles, but for one, whose whole set of shapes is in *text*."""
    reader, values, _ = _read(text, None)
    return [profile.name for profile in _whole_sets(_candidates(values), reader, but)]


def verdict(profile: Profile, field: str, value: Secret) -> str:
    """One line about a value: its length and whether it looks as it should; never the value."""
    known, text = profile.field(field), value.reveal()
    if found := _remarks(profile, known, value):
        return f"{known.label}: {'; '.join(found)}"
    if text.startswith(_BEGIN):
        return (
            f"{known.label}: a whole private key ({keys.kind(value)})"
            if known.keys
            else f"{known.label}: PEM"
        )
    size = f"{known.label}: {len(text)} character{'s' * (len(text) != 1)}"
    return f"{size}, as {profile.title}'s are" if known.shape else size


def prove(profile: Profile, fields: Mapping[str, Secret]) -> list[str]:
    """What is wrong with the values as a set, and with those that can be proved whole offline."""
    known = [field for field in profile.fields if field.name in fields]
    found = [
        f"{field.label}: {why}"
        for field in known
        if field.keys or field.decodes or field.public
        for why in _remarks(profile, field, fields[field.name])
    ]
    for place, one in enumerate(known):
        for two in known[place + 1 :]:
            first, second = fields[one.name], fields[two.name]
            if first == second:
                found.append(f"{one.label} and {two.label} are the same value")
            elif _crossed(one, two, first, second):
                found.append(f"{one.label} and {two.label} look swapped: each has the other's shape")
    if {"wallet_address", "private_key"} <= fields.keys():
        own = _address(fields["private_key"]).lower()
        if fields["wallet_address"].reveal().lower() == own:
            found.append(f"{profile.field('wallet_address').label}: {_AGENT}")
    return found


def _crossed(one: Field, two: Field, first: Secret, second: Secret) -> bool:
    """Whether each value has the shape of the other field alone."""

    def fits(field: Field, value: Secret) -> bool:
        return len(value) <= _MAX_TOKEN and bool(re.fullmatch(field.shape, value.reveal()))

    if not one.shape or not two.shape:
        return False
    return fits(one, second) and fits(two, first) and not fits(one, first) and not fits(two, second)
