"""Secrets that programs are given: options, headers, cookies, addresses, files of logins.

In     nothing
Out    COMMANDS, rules of the table of secrets
Never  takes the word after a flag for a secret where it is a word of help text
"""

from skillstrata.records.secret_judges import (
    always,
    has_digit,
    long_and_random,
    looks_random,
    no_identifier,
    no_literal,
    no_number,
    no_sample,
    not_a_word,
)
from skillstrata.records.secret_patterns import GAP, QUOTE, REST, SPACE, START, SecretRule, pair, rule, word

_ON_THE_LINE = "a secret on a command line"
_HEADER = "credentials of a request"
_SCHEMES = (
    r"(?:token|api-?key|key|basic|bearer|digest|negotiate|ntlm|hmac|hawk|oauth|oauth2|signature|splunk|geniekey|ssws|bot"
    r"|pveapitoken|jwt|session|apitoken|bearer[ ]token)"
)
_HEADER_NAME = rf"(?i)authorization(?:{QUOTE})?\]?[ \t]{{0,4}}[:=,][ \t]{{0,4}}[rbuf]?(?:{QUOTE})?"
# Options that may stand between the name of a program and one that we look for; a word only where it is an address.
_OPTIONS = (
    r"(?:[ \t]+(?:--?[A-Za-z][\w-]{0,30}(?:[ =](?!-)[^\s|;&]{1,200})?"
    r"|[^\s|;&-]{0,80}[.:/][^\s|;&]{0,120})){0,12}?"
)
_LOGIN = (
    rf"(?:docker|podman|nerdctl|buildah|skopeo|helm{SPACE}+registry|oras|az|oc|crane{SPACE}+auth|cf|heroku)"
    rf"{SPACE}+login"
)
_BREAK = r"(?:\s|\\[nrt])+"
_BREAK_GATE = rf"(?:{SPACE}|\\[nrt])+"
_HOST = r"(?:machine(?:\s|\\[nrt])+[\w.*-]{1,120}|default)"
_URL = r"(?i)\b[a-z][a-z0-9+.-]{1,20}://"

COMMANDS: tuple[SecretRule, ...] = (
    rule(
        "bearer",
        "a bearer token",
        rf"bearer{SPACE}+[a-z0-9._~+/=-]{{20}}",
        "bearer",
        rf"(?i){START}bearer\s+(?P<v>[A-Za-z0-9._~+/=-]{{20,}})",
        has_digit,
    ),
    rule(
        "basic-credentials",
        _HEADER,
        rf"basic{SPACE}+[a-z0-9+/=_-]{{8}}",
        "basic",
        rf"{_HEADER_NAME}basic[ \t]+(?P<v>[A-Za-z0-9+/_-]{{8,}}={{0,2}})",
    ),
    rule(
        "authorization",
        _HEADER,
        r"authorization",
        "authorization",
        rf"{_HEADER_NAME}{_SCHEMES}(?:[ \t]+|=)(?:token=(?:\\?['\"])?)?(?P<v>[A-Za-z0-9._~+/=:!-]{{8,}})",
        no_identifier,
    ),
    rule(
        "authorization",
        _HEADER,
        r"authorization",
        "authorization",
        rf"{_HEADER_NAME}(?!aws4-)(?P<v>[A-Za-z0-9._~+=-]{{16,}})",
        looks_random,
    ),
    rule(
        "signature",
        "the signature of a request",
        r"(?:signature|security-token|response)=(?:\\?['\"])?[a-z0-9%/+_-]{12}",
        "signature= security-token= response=",
        r"(?i)(?:signature|security-token|\bresponse)=(?:\\?['\"])?(?P<v>[A-Za-z0-9%/+_-]{32,}={0,2})",
        has_digit,
    ),
    rule(
        "auth-header",
        "a key in a header",
        r"(?:x-[a-z0-9-]*(?:key|token|secret|auth)|(?:private|job|deploy|circle|api)-token|subscription-key|api-?key)"
        rf"(?:\\?['\"])?{SPACE}*[:=]",
        "x- -token -key apikey",
        rf"(?i){START}(?:x-(?:[a-z0-9]+-){{0,4}}(?:key|token|secret|auth)|(?:private|job|deploy|circle)-token"
        r"|ocp-apim-subscription-key|api-?key|api-token)(?:\\?['\"])?\s{0,4}[:=]\s{0,4}(?:\\?['\"])?"
        r"(?P<v>[A-Za-z0-9._~+/=-]{12,})",
        no_number,
    ),
    rule(
        "cookie",
        "a cookie",
        r"cookie(?:\\?['\"])?[\s\x0b]*[:=][^\n]*=[^\s;'\"\\,]{8}",
        "cookie",
        r"(?i)(?:set-)?cookie(?:\\?['\"])?\s{0,2}[:=]\s{0,2}(?:\\?['\"])?"
        r"(?:[\w.-]{1,60}=[^\s;'\"\\]{0,200};[ ]?){0,20}?"
        r"[\w.-]{0,40}(?:sess|sid|auth|token|csrf|jwt|login)[\w.-]{0,40}=(?P<v>[^\s;'\"\\,]{8,})",
        has_digit,
    ),
    rule(
        "url-password",
        "a password in an address",
        r"://[^\s\x0b/:@'\"\\]*:[^\s\x0b/@'\"\\]{3,}@",
        "://",
        rf"{_URL}[^\s/:@'\"\\]{{0,100}}:(?P<v>[^\s/@'\"\\]{{3,200}}(?:@[^\s/@'\"\\?#&=,:]{{1,60}}){{0,3}})@",
        no_sample,
    ),
    rule(
        "url-token",
        "a token in an address",
        r"://[a-z0-9_.~%+-]{20,}(?::[^\s\x0b/@'\"\\]*)?@",
        "://",
        rf"{_URL}(?P<v>[A-Za-z0-9_.~%+-]{{20,}})(?::[^\s/@'\"\\]{{0,200}})?@",
        long_and_random,
    ),
    rule(
        "netrc",
        "a password of a file of logins",
        rf"(?:(?:login|account|machine){_BREAK_GATE}[^\s\\]+|default){_BREAK_GATE}password{_BREAK_GATE}[^\s\\]",
        "machine default",
        rf"{START}{_HOST}{_BREAK}(?:(?:login|account){_BREAK}[^\s\\]{{1,120}}{_BREAK}){{0,2}}"
        rf"password{_BREAK}(?P<v>[^\s'\"\\]{{3,}})",
        no_literal,
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"(?:--[a-z-]*|{SPACE}-)(?:pass|token|secret|api-?key|access|auth|pwd|client)[a-z-]*(?:=|{SPACE}+|\\?['\"],)",
        "-",
        r"(?i)(?:--(?:[a-z]+-){0,3}|(?<=\s)-)(?:password|passwd|passphrase|pwd|token|secret|api-?key|access-?key"
        r"|access-?token|auth|auth-?key|auth-?token|secret-?key|client-?secret)"
        # A word after it, quoted or not; or the next text in a list of words.
        r"(?:=|\s+|\\?['\"],\s{0,4}(?=\\?['\"]))(?P<q>\\?['\"])?"
        # What follows a quote that ends a text is no value.
        r"(?P<v>(?(q)[^'\"\\$<\s:,}\]-][^'\"\\$<\n]{3,}|[^\s'\"\\$<`()\[\]{}|;&-][^\s'\"\\`()\[\]{}|;&,]{3,}))",
        not_a_word,
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        r"pass:[^\s]|openssl",
        "pass: openssl",
        rf"(?:-pass(?:in|out|word)?{GAP}(?P<o>\\?['\"])?pass:|{START}openssl\b{REST}[ \t]-[kK][ \t]+)"
        r"(?:(?P<d>\\?\")|(?P<s>\\?'))?(?![\s:,}\]])(?P<v>(?(o)[^'\"\\$\n]{2,}|(?(d)[^\"\\$\n]{2,}|(?(s)[^'\"\\\n]{2,}"
        r"|[^\s'\"\\$|;&)<>]{2,}))))",
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        r"(?:mysql|mariadb)[a-z_-]*",
        "mysql mariadb",
        rf"(?:mysql|mariadb)[a-z_-]{{0,12}}\b{REST}[ \t'\"]-p"
        r"(?:(?P<d>\\?\")|(?P<s>\\?'))?(?![\s:,}\]])(?P<v>(?(d)[^\"\\$\n]{3,}|(?(s)[^'\"\\\n]{3,}|[^\s'\"$\\|;&,]{3,})))",
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        r"sshpass\b",
        "sshpass",
        rf"sshpass(?:[ \t]+-[ve])?{GAP}(?:\\?['\"])?-p(?:\\?['\"],)?[ \t]{{0,4}}{word(3)}",
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"(?:{_LOGIN}|redis-cli|mongo|ldap[a-z]+{SPACE})",
        "login redis-cli mongo ldap",
        rf"(?:{_LOGIN}|redis-cli|mongo(?:sh|dump|restore|import|export)?|ldap(?:search|modify|add|whoami|passwd|delete))\b"
        rf"{_OPTIONS}[ \t]-(?:p|a|w)[ =]?{word(3)}",
        no_literal,
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"(?:vault|snyk|wandb){SPACE}+(?:login|auth)",
        "login auth",
        rf"(?:vault{SPACE}+login|wandb{SPACE}+login|snyk{SPACE}+auth)(?:[ \t]+-[\w-]+(?:=\S+)?){{0,6}}[ \t]+(?:token=)?"
        r"(?P<v>[^\s'\"\\$<`()|;&=-][^\s'\"\\$`()|;&=]{5,})",
        not_a_word,
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"(?:curl\b|(?:https?|xh){SPACE})",
        "curl http xh",
        rf"(?:curl{REST}[ \t'\"](?:-[A-Za-z]{{0,8}}[uU]|--user|--proxy-user)"
        rf"|(?:https?|xh)[ \t]{REST}[ \t'\"](?:-a|--auth))"
        rf"(?:=|{GAP})?{pair(3)}",
        no_literal,
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"(?:smb[a-z]{{2,8}}|rpcclient|net{SPACE}+(?:rpc|ads)|wmic?{SPACE}|winexe|pth-)",
        "smb rpcclient net wmi winexe pth-",
        rf"(?:smb[a-z]{{2,8}}|rpcclient|net[ \t]+(?:rpc|ads)|wmic?|winexe|pth-\w{{2,10}})\b{REST}[ \t]"
        r"(?:-U|--user(?:name)?)[ =]?(?:\\?['\"])?[^\s%'\"\\]{1,80}%(?P<v>[^\s'\"\\$%]{3,})",
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        r"convertto-securestring",
        "convertto-securestring",
        rf"(?i)convertto-securestring(?:[ \t]+-(?:asplaintext|force|string)\b){{0,3}}[ \t]+{word(3)}",
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        r"convertto-securestring",
        "convertto-securestring",
        r"(?i)(?P<q>\\?['\"])(?P<v>[^'\"\\$\n]{3,80})\\?['\"][ \t]*\|[ \t]*convertto-securestring",
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"(?:{SPACE}|['\"])(?:/pass(?:word)?:|/p:|-storepass|-keypass|-srcstorepass|-deststorepass)",
        "pass /p:",
        rf"(?i)[ \t](?:/(?:pass(?:word)?|p):|-(?:src|dest)?(?:store|key)pass{GAP}){word(4)}",
        no_literal,
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        r"(?:psql|pg_[a-z]{4,12}|pgcli)\b",
        "psql pg_ pgcli",
        r"(?:psql|pg_[a-z]{4,12}|pgcli)\b[^\n|;&]{0,400}?\bpassword[ \t]?=[ \t]?(?P<v>[^\s'\"\\$;&]{2,})",
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"htpasswd{SPACE}+-[a-z]*b|chpasswd|passwd{SPACE}+--stdin|--password-stdin|--with-token|sudo{SPACE}+-[a-z]*s",
        "htpasswd chpasswd stdin with-token sudo",
        rf"(?:htpasswd[ \t]+-[A-Za-z]{{0,6}}b[A-Za-z]{{0,6}}(?:[ \t]+-\w+){{0,3}}(?:[ \t]+[^\s'\"-]\S{{0,120}}){{1,2}}"
        rf"[ \t]+|{START}(?:echo|printf)[ \t]+(?:-n[ \t]+)?"
        rf"(?=[^\n|;&]{{3,80}}\|[ \t]*(?:sudo[ \t]+(?:chpasswd|-S)|chpasswd"
        rf"|[^\n|;&]{{0,80}}?(?:passwd[ \t]+--stdin|--password-stdin|--with-token)))(?:%s[ \t]+)?"
        rf"(?:[\w.-]{{1,40}}:)?){word(3)}",
        always,
    ),
    rule(
        "flag",
        _ON_THE_LINE,
        rf"configure{SPACE}+set{SPACE}|config{SPACE}+set{SPACE}",
        "configure config",
        r"(?i)config(?:ure)?[ \t]+set[ \t]+[^\s'\"=]{0,120}(?:secret|token|key|password|_auth)[\w-]{0,20}(?:[ \t]+|=)"
        r"(?P<v>[^\s'\"\\$<`()|;&=-][^\s'\"\\$`()|;&]{5,})",
        no_identifier,
    ),
    rule(
        "basic-auth",
        "a password of a request",
        rf"auth{SPACE}*[=:]?{SPACE}*\({SPACE}*\\?['\"][^'\"\n]*['\"],{SPACE}*\\?['\"]",
        "auth",
        rf"(?i)(?:(?:basic|digest)_?auth\(|\bauth[ \t]{{0,2}}[=:][ \t]{{0,2}}\()[ \t]{{0,4}}{QUOTE}[^'\"\\\n]{{1,80}}"
        rf"{QUOTE},[ \t]{{0,4}}{QUOTE}(?P<v>[^'\"\\\n]{{3,200}}){QUOTE}",
        no_literal,
    ),
)
