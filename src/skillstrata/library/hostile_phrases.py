"""The phrases that turn an agent against its user, in the languages that skills are written in.

In     nothing
Out    patterns over folded text: one line, single spaces, no emphasis marks, no unseen characters, any case
Never  matches across the end of a sentence (a full stop, then a space); a stop before a small letter is none
Why    whoever plants an order writes it in the language, and on as many lines, as the reviewer reads least
"""

import re

# Up to so many characters of the same sentence; a full stop within a word (~/.aws) ends none.
_GAP = r"(?:[^.!?。]|[.!?](?=\S)){0,%d}?"
_NEAR, _FAR = _GAP % 24, _GAP % 48
_NOT = r"(?<!not\s)(?<!n['\u2019]t\s)(?<!never\s)"
_PERSON = r"\b(?:user|human|owner|developer|anyone|anybody|person|people|operator|reviewer)s?\b"
_SECRETS = (
    r"(?:credentials?|secrets?|(?:api|ssh|access|secret|private|signing)[\s_-]?(?:keys?|tokens?)|passwords?|passwd"
    r"|auth\s?tokens?|session\s?(?:tokens?|cookies?)|environment\s(?:variables?|secrets?)|system\sprompts?)\b"
)
_AWAY = r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|circumvent(?:ing)?)\b"

ENGLISH = rf"""
    {_AWAY}{_FAR}\b(?:previous|prior|above|earlier|preceding|foregoing|system|safety)\b{_FAR}
        \b(?:instructions?|prompts?|rules?|guidelines?|messages?|directions?|directives?|context|polic(?:y|ies)
        |safety)\b
    | {_AWAY}(?:\s(?:all|any|every|everything|your|these|those|the|of|other|my|in|from))+
        \s(?:instructions?|prompts?|guidelines?|directives?|polic(?:y|ies)|(?<=your\s)rules?)\b
    | {_AWAY}(?:\s(?:all|any|every|everything|anything|that|what(?:ever)?|of))*\syou(?:['\u2019]ve)?
        \s(?:(?:were|was|are|have|had|been|just|ever)\s){{0,3}}(?:told|taught|instructed|asked|ordered)\b
    | {_AWAY}\s(?:all|any)\s(?:of\s)?(?:your|the|these|those)\s(?:other\s)?rules\b
    | you\sare\s(?:now|no\slonger|from\snow\son)\s(?:an?\b|bound|restricted|required|unrestricted
        |in\s[a-z\s]{{1,20}}mode)
    | (?:new|real|updated|hidden)\ssystem\s(?:prompt|instructions?)\b
    | new\sinstructions?\s?:
    | system\sprompt\s(?:is\b|override)
    | jailbreak(?:ed|ing)?\b
    | dan\smode\b
    | (?:do\snot|don['\u2019]t|never|without)\s{_NEAR}\b(?:tell|inform|mention|alert|notify|reveal|warn)
        (?:ing)?\b{_NEAR}{_PERSON}
    | without\s(?:asking|showing)\b{_NEAR}{_PERSON}
    | (?:do\snot|don['\u2019]t|never)\s(?:show|report|disclose|admit)\s(?:this|it|that|these|any
        |anything)\b{_NEAR}{_PERSON}
    | (?:do\snot|don['\u2019]t|never)\slet\b{_NEAR}{_PERSON}\s(?:know|see|notice|find\sout|learn)\b
    | (?:hide|conceal|keep)\s(?:this|it|that|them|these)\b{_NEAR}\bfrom\s(?:the\s|any\s)?{_PERSON}
    | {_NOT}(?:reveal|send|exfiltrate|upload|e-?mail|transmit)\b{_FAR}\b{_SECRETS}
    | {_NOT}(?:print|show|repeat|display)\s(?:(?:me|us|out|all|your|the|of|full|whole|contents?)\s)*{_SECRETS}
    | {_NOT}(?:send|upload|post|exfiltrate|copy)\b{_FAR}[~/]/?\.(?:ssh|aws|gnupg|netrc|env|npmrc|docker|kube|config)\b
    | bypassPermissions\b
"""

SIGNS = r"""
    <\s?/?\s?(?:system|assistant|human|system-reminder|instructions?|tool_result|function_(?:results?
        |calls?))\b[^>]{0,80}>
    | <\s?/\s?user\s?> | \[/?(?:INST|SYS)\]
    | <</?SYS>>
    | <\|[a-z_]{1,30}\|>
    | --dangerously-(?:skip|bypass)-[a-z]+
"""

GERMAN = rf"""
    (?:ignorier\w*|missacht\w*|vergiss|vergessen\ssie|umgeh\w*|übergeh\w*){_FAR}
        \b(?:vorherig|vorig|bisherig|früher|obig|vorangegangen|system|sicherheits)\w*{_FAR}
        (?:anweisung|instruktion|regel|vorgabe|richtlinie|prompt|befehl)\w*
    | (?:ignorier\w*|missacht\w*|vergiss|vergessen\ssie)\s(?:alle|sämtliche|deine|ihre|die)\s(?:\w+\s)?
        (?:anweisung|instruktion|vorgabe|richtlinie|prompt|systemprompt)\w*
    | (?:sag\w*|erzähl\w*|verrat\w*|verrät|informier\w*|benachrichtig\w*|erwähn\w*|zeig\w*){_NEAR}
        \b(?:benutzer|nutzer|anwender|user|menschen)\w*\s(?:davon\s|dar(?:über|von)\s|hiervon\s|das\s|dies\s
        |es\s)?(?:nichts?|nie|niemals)\b
    | ohne\s(?:den|die|dem|einen|das)?\s?(?:be)?(?:nutzer|anwender|user|menschen)\w*\s(?:\w+\s){{0,3}}
        zu\s(?:informieren|benachrichtigen|fragen|warnen)
    | du\sbist\s(?:jetzt|nun|ab\sjetzt|von\snun\san)\s(?:ein\w{{0,2}}|nicht\smehr|kein\w{{0,2}})\b
    | (?<!nie\s)(?<!niemals\s)(?:sende|senden\ssie|schick\w*|übertrag\w*|verrate){_FAR}
        (?:passw[oö]rt|zugangsdaten|geheimnis|(?:geheim|privat)\w*\sschlüssel|api-?schlüssel|umgebungsvariable
        |systemprompt)\w*
"""

CHINESE = r"""
    (?:忽略|无视|無視|忽視|忘记|忘記|不要理会|不要理會|绕过|繞過)[^。!?]{0,16}?
        (?:之前|以前|以上|先前|此前|上面|前面|上述|所有|全部|系统|系統|你的|任何)[^。!?]{0,12}?(?:指令|指示
        |提示|命令|规则|規則|说明|說明|要求|准则|限制)
    | (?:不要|别|別|切勿|无需|無需|不必)(?:告诉|告訴|告知|通知|提醒|让|讓|向)[^。!?]{0,8}?(?:用户|用戶|使用者
        |主人|任何人)
    | (?:不让|不讓|瞒着|瞞著|隐瞒|隱瞞)[^。!?]{0,6}?(?:用户|用戶|使用者)
    | (?:你现在是|你現在是|从现在起你|從現在起你)
    | (?<!不要)(?<!切勿)(?:发送|發送|上传|上傳|泄露|洩露|发到|發到|透露)[^。!?]{0,20}?(?:密码|密碼|密钥|密鑰
        |凭证|憑證|凭据|口令|令牌|环境变量|環境變數|系统提示词|系統提示詞)
    | (?:把|将|將)[^。!?]{0,16}?(?:密码|密碼|密钥|密鑰|凭证|憑證|凭据|口令|令牌|环境变量|環境變數|系统提示词
        |系統提示詞)[^。!?]{0,12}?(?:发|發|上传|上傳|传|傳)
"""

JAPANESE = r"""
    (?:以前|これまで|ここまで|上記|前述|先の|前の|すべて|全て|全部|システム|あなたの)[^。!?]{0,14}?(?:指示
        |命令|ルール|プロンプト|規則|制約)
        [^。!?]{0,6}?(?:無視|忘れ|破棄|従わ)
    | (?:ユーザー?|利用者|使用者|人間)(?:に|には|へ)[^。!?]{0,14}?(?:伝え|知らせ|言わ|教え|報告|通知|話さ
        |見せ)[^。!?]{0,6}?(?:ない|ず|ません|な(?=[。!\s]|\Z))
    | (?:今から|これから)(?:あなた|君|お前)は | あなたは(?:今から|これから)
    | (?:パスワード|認証情報|秘密鍵|api\s?キー|アクセストークン|環境変数|システムプロンプト)[^。!?]{0,24}?
        (?:送信|送って|送れ|アップロード|漏ら|公開し)(?!しない|ないで)
"""

KOREAN = r"""
    (?:이전|위의|앞의|앞선|지금까지|모든|시스템|너의|당신의)[^.!?]{0,14}?(?:지시|명령|규칙|지침
        |프롬프트)[^.!?]{0,8}?(?:무시|잊)
    | (?:사용자|유저|인간)(?:에게|한테|께)[^.!?]{0,14}?(?:말하|알리|알려|보고하|언급하|보여)[^.!?]{0,4}?
        (?:지\s?(?:마|말|않)|선\s?안)
    | 사용자\s?(?:모르게|몰래)
    | (?:이제|지금)부터\s?(?:너는|넌|당신은)
    | (?:비밀번호|자격\s?증명|인증\s?정보|액세스\s?토큰|개인\s?키|api\s?키|환경\s?변수
        |시스템\s?프롬프트)[^.!?]{0,24}?(?:보내|전송하|업로드하|유출하|공개하)
        (?!지\s?(?:마|말|않))
"""

FRENCH = rf"""
    (?:ignor(?:e|ez|er|ons)|oubli(?:e|ez|er)|n['\u2019]ignore\spas|contourn(?:e|ez|er)|ne\stiens\spas\scompte|ne\stenez
        \spas\scompte)\b{_FAR}\b(?:instructions?|consignes?|directives?|ordres|règles?|invites?|prompts?)\s
        (?:(?:qui|du|de|ci)[\s-])?(?:précédent|antérieur|préalable|initial|système|avant|dessus|reçu|donné|sécurité)\w*
    | (?:ignor|oubli)(?:e|ez|er)\s(?:toutes|tes|vos|l['\u2019]ensemble\sdes)\s(?:(?:les|tes|vos|autres)\s){{0,2}}
        (?:instructions|consignes|directives|prompts)\b
    | (?:ne|n['\u2019](?:en)?)\s?(?:\w{{1,3}}\s){{0,2}}(?:dis|dites|parle|parlez|informez?|préviens|prévenez|mentionne
        |mentionnez|montre|montrez|révèle|révélez|avertis|avertissez)\b{_NEAR}
        (?:utilisateur|utilisatrice|usager|humain|propriétaire)s?\b
    | (?:sans|à\sl['\u2019]insu\sde)\s(?:(?:en\s)?(?:informer|prévenir|avertir|le\sdire|demander)\s)?{_NEAR}
        (?<=l['\u2019])utilisateurs?\b
    | (?:tu\ses|vous\sêtes)\s(?:maintenant|désormais)\s(?:un|une|en\smode|libre)\b
    | (?<!pas\s)(?<!jamais\s)(?<!\bne\s)(?<!\bn['\u2019])(?:envoie
        |envoyez|envoyer|transmets|transmettez|téléverse[zr]?|divulgue[zr]?){_FAR}
        \b(?:mots?\sde\spasse|identifiants|clés?\s(?:d['\u2019]api|api|privées?|ssh|secrètes?)|jetons?|secrets
        |variables\sd['\u2019]environnement)\b
"""

# Spanish, Portuguese and Italian.
IBERIAN = rf"""
    (?:ignor(?:a|e|en|ad|ar|em|i|ate|are)|olvid(?:a|e|ar)|esque(?:ça|ce|cer)|desconsider(?:a|e|ar)|dimentica(?:re|te)?
        |trascura(?:re)?|omite|omit(?:a|ir))\b{_FAR}
        \b(?:instruc[ct]i?(?:ones|ón)|instruções|istruzion[ei]|indicaci(?:ones|ón)|indicações|indicazioni|órdenes|ordens
        |ordini|reglas|regras|regole|directrices|diretrizes|direttive|prompts?|mensajes|mensagens|messaggi)\s
        (?:(?:de|del|do|di|que|che|mais)\s)?(?:anterior|previ|preced|sistema|segur|sicur|recib|receb|ricev|arriba|acima|sopra)\w*
    | (?:ignor(?:a|e|en|em|i|ate)|olvida|olvide|esqueça|dimentica(?:te)?)
        \s(?:todas|todos|tutte|tutti|tus|sus|tuas|suas|le\stue)\s(?:(?:las|los|as|os|le|gli|tus|sus|tuas|suas|tue|sue|demás|outras|altre)\s){{0,2}}
        (?:instrucciones|instruções|istruzioni|indicaciones|directrices|diretrizes|direttive|prompts)\b
    | (?:no|nunca|não|non|mai)\s(?:(?:se|le|lo|lhe|gli|ne|nada)\s?){{0,2}}(?:dig\w+|inform\w+|avis\w+|mencion\w+
        |muestr\w+|cuent\w+|cont\w+|mostr\w+|dire|dite|dirlo|parlar\w+|menzion\w+){_NEAR}
        \b(?:usu[aá]ri|utilizador|utent)\w*
    | (?:sin|sem|senza)\s(?:(?:informar|avisar|decir|dizer|preguntar|perguntar|informare|avvisare|dirlo|chiedere)\w*\s)
        {_NEAR}(?:usu[aá]ri|utilizador|utent)\w*
    | (?:ahora\seres|agora\s(?:você\sé|és)|ora\ssei|adesso\ssei)\s(?:una?|uno|um|uma|libre|livre)\b
    | (?<!\bno\s)(?<!nunca\s)(?<!\bnão\s)(?<!\bnon\s)(?:envía|envíe|enviar|envia|envie|manda|invia|inviare|inviate
        |sube|revela|divulga){_FAR}
        \b(?:contraseñas?|senhas?|credencia(?:l|les|is)|credenziali|claves?\s(?:de\sapi|api|privadas?|ssh)
        |chaves?\s(?:de\sapi|privadas?|ssh)|chiav[ei]\s(?:api|privat[ae]|ssh)|variables\sde\sentorno|variáveis\sde\sambiente
        |variabili\sd['\u2019]ambiente)\b
"""

RUSSIAN = r"""
    (?:(?:про)?игнориру\w+|забуд\w+|не[ ]обраща\w+[ ]внимани\w+[ ]на|обойд\w+)[^.!?]{0,48}?
        \b(?:предыдущ|прежн|ранее|выше|прошл|систем|безопасност|сво[ий]|тво[ий]|ваш
        |все(?=[ ](?:инструкц|указан|команд)))
        [^.!?]{0,48}?(?:инструкц|указан|команд|правил|промпт|предписан|сообщен)\w*
    | (?:игнориру\w+|забуд\w+)[ ]все[ ](?:инструкц|указан|предписан)\w*
    | не[ ](?:говор|сообщ|рассказыв|упомина|показыв|раскрыва|уведомл)\w*[^.!?]{0,24}?(?:пользовател|человек|владельц)\w*
    | без[ ]ведома[ ](?:пользовател|владельц)\w* | не[ ](?:уведомляя|спрашивая|сообщая)[^.!?]{0,24}?пользовател\w*
    | (?:теперь[ ]ты|ты[ ]теперь|отныне[ ]ты)\b
    | (?<!\b(?:не)[ ])(?<!никогда[ ]не[ ])(?:отправ|пошл|перешл|загруз|передай)\w*[^.!?]{0,48}?
        (?:парол|секрет|токен|учётн|учетн|(?:закрыт|приватн)\w*[ ]ключ|api.?ключ
        |переменн\w*[ ]окружени|системн\w*[ ]промпт)\w*
"""

_FLAGS = re.IGNORECASE | re.VERBOSE
# Led by a word, by a sign, or in scripts without spaces: each is tried only where it can begin.
WORDED = re.compile(rf"\b(?=[a-zàü])(?:{ENGLISH}|{GERMAN}|{FRENCH}|{IBERIAN})", _FLAGS)
SIGNED = re.compile(rf"(?=[<\[-])(?:{SIGNS})", _FLAGS)
CYRILLIC = re.compile(rf"\b(?=[\u0430-\u044f])(?:{RUSSIAN})", _FLAGS)
EASTERN = re.compile("|".join((CHINESE, JAPANESE, KOREAN)), _FLAGS)

# What brings in a program from elsewhere and runs it unseen, or empties the disk.
COMMANDS = re.compile(
    r"""(?:curl|wget)\b[^\n|]{0,300}\|\s*(?:sudo\s+)?(?:(?:/usr)?/bin/)?(?:env\s+)?
            (?:(?:ba|z|da|k|fi)?sh|perl|ruby|node|php|python[\d.]*(?!\s+-[mc]\b))\b
    | \b(?:(?:ba|z|da|k|fi)?sh|python[\d.]*|perl|ruby|node|php)\s+(?:-[a-zA-Z]{1,4}\s+)?["']?(?:<|\$)
        \(\s*(?:curl|wget)\b
    | (?:~|\$\{?HOME\}?|/root|/home/[\w.-]{1,40})/\.(?:ssh|aws|gnupg|netrc|npmrc|docker|kube|env|git-credentials)\b
        [^\n|]{0,100}\|\s*(?:base64[^\n|]{0,40}\|\s*)?(?:nc|ncat|netcat|socat|telnet|curl|wget)\b
    | \b(?:nc|ncat|netcat|socat|telnet|curl|wget)\b[^\n|]{0,300}[<@]\s*["']?
        (?:~|\$\{?HOME\}?|/root|/home/[\w.-]{1,40})/\.(?:ssh|aws|gnupg|netrc|npmrc|docker|kube|env|git-credentials)\b
    | \bfind\s+["']?(?:/|~/?|\$\{?HOME\}?/?)["']?(?:\s+-(?:type|mindepth|maxdepth|depth|xdev|mount)\b
        (?:\s+\w{1,4})?){0,4}\s+-(?:delete\b|exec\s+rm\b) | \b(?:source|eval|\.)\s+["']?(?:<
        |\$)\(\s*(?:curl|wget)\b
    | \b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\b[^\n|]{0,300}\|\s*(?:iex|invoke-expression)\b
    | \b(?:iex|invoke-expression)\b[^\n]{0,40}\b(?:iwr|irm|downloadstring|invoke-webrequest)\b
    | \bbase64\s+(?:-d|--decode|-D)\b[^\n|]{0,100}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b
    | \beval\s*\(\s*(?:base64|atob|requests) | \bexec\s*\(\s*(?:requests|urllib|base64|urlopen) | /dev/tcp/
    | \brm\s+(?:-[a-zA-Z]+\s+)*-[a-zA-Z]*[rR][a-zA-Z]*\s+(?:-[-\w]+\s+)*["']?(?:/|~/?|\$\{?HOME\}?/?)\*?["']?
        (?=[\s;&|`)]|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)

# What is fetched, and what is run next: the same file, where its name stands in the first part.
FETCHED = re.compile(
    r"""(?P<fetch>\b(?:curl|wget)\s(?:[^\n|;&]|&(?!&)){0,300})(?:&&|;|\n)\s*
        (?:chmod\s+\S{1,20}\s+\S{1,80}\s*(?:&&|;|\n)\s*)?(?:sudo\s+)?
        (?:(?:source|\.|(?:ba|z|da|k|fi)?sh|perl|ruby|node|php|python[\d.]*)\s+["']?(?:\./)?|["']?(?:\./|(?=[/~])))
        (?P<run>[\w./~-]{1,80})""",
    re.IGNORECASE | re.VERBOSE,
)

# Claude Code runs these before the model sees the text: `!` before a code span, or after a fence.
RUN_AT_LOAD = re.compile(r"(?<![\w`])!`[^`\n]+`|^[ \t>*+-]*(?:\d{1,4}[.)][ \t]*)?(?:`{3,}|~{3,})[ \t]*!", re.MULTILINE)
