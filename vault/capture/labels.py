"""The words that stand beside a value, in twelve languages, and what a text is a label of."""

# ruff: noqa: RUF001  some letters of other scripts look like Latin ones

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from ..exchanges.profile import Field, Profile
from .words import IDEOGRAPH, IDEOGRAPHS, LONG, OPENING, Part, Piece, fits

FREE = ("passphrase", "otp")  # fields that a person invents: a label alone can tell them

# What the label of something else says: a name or an id, a passphrase where the exchange has none, the rest.
OTHERS = ("noise", "neutral", "surplus")
KEYS = ("key", "other key")  # labels that say no more: the other labels decide which key is meant

# What stands beside a value, by its role, in English; Chinese, simplified and traditional; Japanese;
# Korean; Spanish; Portuguese; Russian; Turkish; Vietnamese; French; German. Compared without accents,
# case and punctuation: `apiKey`, `API_KEY` and `api-key` are one. The longest phrase that fits counts;
# one whose parts say the same is left out.
LABELS = {
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
        khóa API|mã API|mã khóa API|khóa truy cập
        clé API|clé d'API|clé de l'API|clé d'accès|identifiant client
        API Schlüssel|Schlüssel der API|Zugriffsschlüssel|Zugangsschlüssel|Client Kennung""",
    "secret_key": """
        secret key|secretkey|secret|API secret|apisecret|API secret key|secret API key|API key secret
        key secret
        client secret|clientsecret|access secret|access key secret|secret access key
        Secret密钥|私密密钥|秘密密钥|机密密钥|安全密钥|签名密钥|密钥 Secret|API Secret密钥|客户端密钥
        秘密金鑰|私密密鑰|秘密密鑰|機密金鑰|安全金鑰|Secret密鑰|Secret金鑰|用戶端密鑰
        シークレットキー|シークレット|APIシークレットキー|秘密キー|クライアントシークレット
        시크릿 키|시크릿|비밀 키|보안 키|API 시크릿 키|클라이언트 시크릿
        clave secreta|clave secreta de API|clave secreta de la API|clave API secreta|secreto|secreto API
        secreto de API|llave secreta|secreto de cliente|secreto del cliente
        chave secreta|chave secreta da API|chave secreta de API|chave API secreta|segredo|segredo da API
        segredo do cliente
        секретный ключ|секретный ключ API|секретный API ключ|API секрет|секрет|секрет API|секрет клиента
        gizli anahtar|gizli anahtarı|gizli API anahtarı|istemci sırrı
        khóa bí mật|mã bí mật|khóa bí mật API|khóa API bí mật|bí mật
        clé secrète|clé secrète API|clé secrète de l'API|clé API secrète|secret de l'API|secret client
        Geheimschlüssel|geheimer Schlüssel|geheimer API Schlüssel|Geheimnis""",
    "private_key": """
        private key|privatekey|wallet private key|agent private key|API wallet private key|PK
        私钥|私人密钥|钱包私钥
        私鑰|私密金鑰|私人金鑰|錢包私鑰
        秘密鍵|プライベートキー
        개인 키|프라이빗 키
        clave privada|llave privada|clave privada de la API
        chave privada|chave privada da API
        приватный ключ|закрытый ключ|частный ключ
        özel anahtar|özel anahtarı
        khóa riêng|khóa cá nhân|khóa private
        clé privée|clé privée de l'API
        privater Schlüssel|Privatschlüssel|geheimer privater Schlüssel""",
    "passphrase": """
        passphrase|pass phrase|API key passphrase|password|API key password|secret passphrase|key passphrase
        passwd
        密码短语|口令|密码|API密码短语|通行短语
        密碼短語|通行碼|密碼|通關密語|密語
        パスフレーズ|パスワード|合言葉
        패스프레이즈|암호문|암호|비밀번호|패스워드
        frase de contraseña|frase de acceso|frase secreta|frase de paso|contraseña|contraseña de API
        contraseña de la API|frase de contraseña de API
        frase senha|frase de acesso|senha|senha da API|senha de API|palavra passe|frase de senha
        кодовая фраза|парольная фраза|пассфраза|пароль|пароль API|секретная фраза|фраза пароль
        parola|parola ifadesi|gizli ifade|şifre|API şifresi|API parolası|parola cümlesi|şifre ifadesi
        cụm mật khẩu|mật khẩu|cụm từ mật khẩu|mật khẩu API|cụm từ bí mật
        phrase secrète|phrase de passe|phrase d'accès|mot de passe|mot de passe API|mot de passe de l'API
        Passwort|Kennwort|Passwortsatz|Kennphrase""",
    "wallet_address": """
        account address|master address|address|master account|main account|wallet|walletaddress|public address
        钱包地址|主账户|主钱包地址|地址|账户
        錢包地址|帳戶地址|主帳戶
        ウォレットアドレス|アカウントアドレス|アドレス|マスターアドレス
        지갑 주소|계정 주소|주소|마스터 주소
        dirección de la billetera|dirección de billetera|dirección del monedero|dirección de la cartera
        dirección de la cuenta|dirección
        endereço da carteira|endereço de carteira|endereço da conta|endereço
        адрес кошелька|адрес счета|адрес аккаунта|адрес
        cüzdan adresi|hesap adresi|adres
        địa chỉ ví|địa chỉ tài khoản|địa chỉ
        adresse du portefeuille|adresse du compte|adresse
        Wallet Adresse|Kontoadresse|Adresse der Wallet""",
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
        name|id|key name|key id|API key name|API key id|API key label|key label|public key|label|nickname
        名称|API名称|密钥名称|公钥|公鑰|名稱|API名稱|名前|API名|이름|nombre|nombre de la API|nome|nome da API
        имя|название|имя ключа|название ключа|ad|adı|tên|tên API|nom|nom de la clé|Bezeichnung""",
    "noise": """
        uid|user id|userid|account id|account|accounts|account name|sub account|subaccount|email|e mail|mail
        ip|ips|IPs|IPv4|IPv6|ip address|ip addresses|ip allow list|whitelist|allowlist
        trusted ips
        ip restriction|ip restrictions|ip access restrictions|linked ip addresses|bound ip|ipv4|ipv6
        permission|permissions|scope|scopes|created|created at|created on|creation time|creation date
        create time
        date|time|timestamp|updated|last used|last access|last login|expires|expires at|expires in|expiry
        expiration
        valid until|validity|status|state|note|notes|remark|remarks|comment|memo|tag|tags|code
        verification code|2fa|two factor|authenticator|google authenticator|sms code
        phone|device|device id|order id|request id|requestid|trace id|session id|session|transaction
        transaction id
        txid|hash|signature|nonce|url|host|endpoint|website|base url|server|version|vip|qr code|captcha
        reference
        login password|account password|fund password|funding password|trading password|asset password
        deposit address|withdrawal address|fingerprint|checksum|referral code|invitation code|type|support id
        ticket|ticket id|browser|location|key permissions|api key permissions|csrf token|token|API key created
        API key expires|key expires|API key status|API key type|memo id
        用户ID|用户UID|IP地址|IP限制|白名单|权限|创建时间|创建日期|备注|状态|过期时间|有效期|到期时间|时间
        日期|邮箱
        登录密码|资金密码|交易密码|账户密码|验证码|谷歌验证码|手机号|账号|子账户|权限设置|绑定IP|绑定IP地址
        提币地址|充值地址|类型
        用戶ID|IP位址|白名單|權限|建立時間|創建時間|備註|狀態|過期時間|有效期限|到期時間|時間|信箱
        登入密碼|資金密碼|交易密碼|帳戶密碼|驗證碼|帳號|子帳戶|綁定IP|提領地址|類型
        ユーザーID|IPアドレス|IPホワイトリスト|IP制限|権限|作成日時|作成日|メモ|備考|ステータス|有効期限|日時
        日付|メール
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
        data|data de criação|expira|validade|código de verificação|conta
        senha de login|senha de fundos|senha da conta
        ID пользователя|IP адрес|IP адреса|белый список|белый список IP|права|разрешения|создан|создано|дата
        дата создания|время создания|время|заметка|примечание|статус|истекает|срок действия|почта|код
        код подтверждения|аккаунт|счет|пароль для входа|пароль аккаунта|пароль средств
        kullanıcı kimliği|IP adresi|IP adresleri|beyaz liste|IP beyaz listesi|izinler|oluşturuldu|tarih
        oluşturma tarihi|oluşturulma tarihi|not|notlar|durum|son kullanma tarihi|e posta|kod|doğrulama kodu
        hesap
        giriş şifresi|fon şifresi|hesap şifresi|saat
        ID người dùng|địa chỉ IP|danh sách trắng|danh sách trắng IP|quyền|quyền hạn|ngày tạo|thời gian tạo
        ghi chú
        trạng thái|ngày hết hạn|hết hạn|mã xác minh|mã xác nhận|tài khoản|mật khẩu đăng nhập|mật khẩu quỹ
        thời gian
        ID utilisateur|adresse IP|adresses IP|liste blanche|liste blanche d'IP|autorisations|créé|créée
        date de création|remarque|remarques|statut|état|expire|courriel|compte|code de vérification
        mot de passe de connexion|mot de passe du compte|mot de passe de fonds|heure
        Benutzer ID|IP Adresse|IP Adressen|Positivliste|Berechtigung|Berechtigungen|erstellt|erstellt am|Datum
        Erstellungsdatum|Notiz|Notizen|Bemerkung|Zustand|läuft ab|läuft ab am|gültig bis|Konto
        Anmeldepasswort|Kontopasswort|Handelspasswort|Uhrzeit|Bestätigungscode""",
    # What a key may do: no part of a label, and an answer where it stands alone.
    "right": """
        read|read only|trade|trading|withdraw|withdrawal|transfer|spot|margin|futures|general|enabled|disabled
        none|unrestricted|HMAC|Ed25519|RSA|ECDSA|yes|no|on|off|active""",
    # Words that change nothing about a label, and buttons beside it.
    "filler": """
        api|your|the|my|this|new|is|for|of|copy|copied|show|hide|view|reveal|edit|done|ok|close|here
        system generated|generated|value|only|shown|once|hidden|live|demo|testnet|exchange|v2|v3|v4|v5
        okx|binance|bybit|coinbase|kraken|kucoin|bitget|gate|gateio|deribit|hyperliquid|freqtrade|ccxt|kc|bg
        bn|cdp
        advanced trade|export|set|const|let|var|string|str|bot|main
        de|del|la|el|tu|su|da|do|sua|seu|aqui|votre|le|l|d|der|die|das|dein|deine|ihr|ihre|ваш|вашего|это|của
        bạn
        copiar|copiado|copier|copié|kopieren|kopiert|копировать|скопировано|скопировать|kopyala|kopyalandı
        sao chép
        mostrar|ocultar|afficher|masquer|anzeigen|verbergen|показать|скрыть|göster|gizle|hiển thị|ẩn
        复制|已复制|显示|隐藏|您的|你的|请|複製|已複製|顯示|隱藏|コピー|表示|非表示|あなたの|の|복사|복사됨
        표시|숨기기|귀하의|의""",
}

_ATOM = re.compile(f"[{IDEOGRAPHS}]|[^\\W_{IDEOGRAPHS}]+")
_INSIDE = re.compile("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # where camelCase has its words apart
_MANY = 9.0  # other words, more than any label has


def atoms(text: str) -> list[str]:
    """Return the words of *text* as labels are compared: without case, accents and punctuation.

    Of scripts without blanks between their words, or with blanks that vary, each character is one.
    """
    apart = unicodedata.normalize("NFKD", _INSIDE.sub(" ", text))
    bare = "".join(character for character in apart if unicodedata.category(character) != "Mn")
    bare = unicodedata.normalize("NFC", bare).casefold()
    found: list[str] = _ATOM.findall(bare.replace("ı", "i").replace("đ", "d"))
    return found


@cache
def _roles() -> Mapping[tuple[str, ...], str]:
    """Return the role of each phrase, by its words."""
    return {
        tuple(atoms(phrase)): role
        for role, phrases in LABELS.items()
        for line in phrases.splitlines()
        for phrase in line.split("|")
        if phrase.strip()
    }


class Vocabulary:
    """What words mean for one profile; without a profile, to compare exchanges, no label is a field's."""

    def __init__(self, profile: Profile | None) -> None:
        self.fields: dict[str, Field] = {field.name: field for field in profile.fields} if profile else {}
        self._any = profile is not None and not self.fields
        self._phrases = {**_roles()}
        for field in self.fields.values():
            self._phrases[tuple(atoms(field.name))] = f"={field.name}"
            self._phrases[tuple(atoms(field.label))] = f"={field.name}"
        self._longest: dict[str, int] = {}
        for phrase in self._phrases:
            self._longest[phrase[0]] = max(len(phrase), self._longest.get(phrase[0], 0))

    def is_field(self, label: str) -> bool:
        """Whether a label names a field."""
        return label in self.fields or (self._any and label not in ("", *OTHERS, *KEYS))

    def agrees(self, label: str, text: str) -> bool:
        """Whether *text* can be the value of the field that *label* names."""
        field = self.fields.get(label)
        return bool(field and (fits(field, text) or (label in FREE and not field.shape)))

    def shaped(self, text: str) -> list[str]:
        """Return the fields whose shape *text* has, where that tells it from a word."""
        known = [field for field in self.fields.values() if field.shape and field.name not in FREE]
        return [field.name for field in known if len(text) >= LONG and fits(field, text)]

    def _meant(self, role: str) -> str:
        """Return the field that a role stands for, or else the kind of label that it is."""
        if role.startswith("="):
            return role[1:]
        if self._any or role in self.fields or role in (*OTHERS, *KEYS, "filler", "right"):
            return role
        twin = {"secret_key": "private_key", "private_key": "secret_key"}.get(role, "")
        if twin in self.fields:
            return twin
        other = {"passphrase": "surplus", "agent": "noise", "otp": "noise", "wallet_address": "noise"}
        return other.get(role, "neutral")

    def said(self, text: str) -> tuple[str, float]:
        """Return what *text* is a label of, empty if of nothing, and how many other words it has."""
        words = atoms(text)
        roles: set[str] = set()
        others, at = 0.0, 0
        while at < len(words):
            most = min(self._longest.get(words[at], 0), len(words) - at)
            sizes = (size for size in range(most, 0, -1) if tuple(words[at : at + size]) in self._phrases)
            if size := next(sizes, 0):
                roles.add(self._meant(self._phrases[tuple(words[at : at + size])]))
            elif IDEOGRAPH.match(words[at]):
                others += 0.5
            elif not words[at].isdigit():
                others += 1
            at += size or 1
        roles.discard("filler")
        if roles == {"right"}:
            return "", others + 1
        roles.discard("right")
        if other := next((kind for kind in OTHERS if kind in roles), ""):
            return other, others
        if len(roles) > 1:
            roles -= {*KEYS}
        return (roles.pop(), others) if len(roles) == 1 else ("", others + _MANY * len(roles))

    def is_known(self, text: str) -> bool:
        """Whether *text* has words of labels, and no others."""
        return bool(atoms(text)) and not self.said(text)[1]

    def label(self, pieces: Iterable[Piece]) -> tuple[str, float]:
        """Return the same of several words; those in brackets count where the others say less."""
        depth = 0
        outside: list[str] = []
        inside: list[str] = []
        for piece in pieces:
            if piece.part is Part.BRACKET:
                depth = max(0, depth + (1 if piece.text in OPENING else -1))
            else:
                (inside if depth else outside).append(piece.text)
        said, others = self.said(" ".join(outside))
        if inside and said in ("", *KEYS, "neutral"):
            within, more = self.said(" ".join(inside))
            if within and (within in self.fields or not said):
                return within, others + more
        return said, others
