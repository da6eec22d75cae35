"""Keys that say by their form whose they are: prefixes of providers, private key blocks, JSON web tokens.

In     nothing
Out    KEYS, rules of the table of secrets
Never  asks where a key stands: one that is glued to other letters goes too, where its form is beyond doubt
"""

import re
from collections.abc import Callable

from skillstrata.records.secret_judges import always, has_digit, has_random_run, is_mixed, is_placeholder_key
from skillstrata.records.secret_patterns import ENDS, START, SecretRule

PRIVATE_KEY = "private key"
# What stands between two lines of a key: breaks, quotes, signs of a diff or a quotation, numbers of lines.
_BETWEEN_LINES = r"""(?:\s|\\[nr]|["'+,\\>|]|[0-9]{1,6}(?:→|\\u2192|[:|](?!\S{0,3}:)))*+"""
# Whole, perhaps spread over string literals; or cut off, and then as far as the lines of the key go.
_PRIVATE_KEY = rf"""(?P<v>-----BEGIN\ [A-Z0-9 ]{{0,20}}PRIVATE\ KEY(?:\ BLOCK)?-----(?:
    (?:{_BETWEEN_LINES}(?:[A-Za-z-]{{4,20}}:\ [^\n\\]{{1,80}}+|[A-Za-z0-9+/=]++))++
    {_BETWEEN_LINES}-----END\ [A-Z0-9 ]{{0,20}}PRIVATE\ KEY(?:\ BLOCK)?-----
  | (?:(?:\s|\\[nr])*+(?:[A-Za-z-]{{4,20}}:\ [^\n\\]{{1,80}}+|[A-Za-z0-9+/=]{{16,}}+))++
))"""


# A gate need not count far: fewer states, and it may find too much.
_LONG_COUNT = re.compile(r"\{(?:1[6-9]|[2-9][0-9]|[0-9]{3})(?:,[0-9]*)?\}")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.VERBOSE | re.ASCII)


def _key(
    name: str,
    what: str,
    pattern: str,
    needles: str,
    accepts: Callable[[str], bool] = has_digit,
    glued: Callable[[str], bool] | None = has_digit,
) -> tuple[SecretRule, ...]:
    """Make the rules of a key that is known by its prefix; the pattern is its own gate.

    `glued` judges one that begins inside a word; None where that says nothing.
    """
    gate, texts = _LONG_COUNT.sub("{16,}", pattern.replace(ENDS, "")), tuple(needles.split())
    # The first letter may be the second of an escape such as \n: taken out, it would leave half of it.
    start = rf"(?<!\\){START}" if pattern[0] in "bfnrtu" else START
    apart = _pattern(rf"{start}(?P<v>{pattern})")
    own = SecretRule(name, what, gate, texts, apart, accepts, is_placeholder_key)
    if glued is None:
        return (own,)
    inside = _pattern(rf"(?<=[A-Za-z0-9_])(?P<v>{pattern})")
    return (own, SecretRule(name, what, gate, texts, inside, glued, is_placeholder_key))


def _by_its_middle(name: str, what: str, gate: str, needle: str, pattern: str) -> SecretRule:
    """Make the rule of a key that begins like any other word: the gate is what stands inside."""
    return SecretRule(name, what, gate, (needle,), _pattern(rf"{START}(?P<v>{pattern})"), has_digit, is_placeholder_key)


KEYS: tuple[SecretRule, ...] = (
    SecretRule(
        "private-key",
        "a private key",
        r"-----begin [a-z0-9 ]{0,20}private key",
        (PRIVATE_KEY,),
        _pattern(_PRIVATE_KEY),
        always,
        is_placeholder_key,
    ),
    *_key("anthropic-key", "an Anthropic key", r"sk-ant-[A-Za-z0-9_-]{16,}", "sk-ant-"),
    *_key("openrouter-key", "an OpenRouter key", r"sk-or-v1-[A-Za-z0-9]{16,}", "sk-or-"),
    *_key("api-key", "an API key", r"sk-[A-Za-z0-9_-]{20,}", "sk-", has_random_run, None),
    *_key("api-key", "an API key", r"sk-(?:(?:proj|svcacct|admin|lf)-)?[A-Za-z0-9]{32,}", "sk-", is_mixed, is_mixed),
    *_key("api-key", "an API key", r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}", "sk-", glued=is_mixed),
    *_key("github-token", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{30,}", "ghp_ gho_ ghu_ ghs_ ghr_"),
    *_key("github-token", "a GitHub token", r"github_pat_[A-Za-z0-9_]{20,}", "github_pat_"),
    *_key(
        "gitlab-token",
        "a GitLab token",
        r"gl(?:pat|dt|rt|cbt|ptt|agent|imt|soat|ft|ffct|wt)-[A-Za-z0-9_-]{20,}",
        "glpat gl",
        glued=is_mixed,
    ),
    *_key("slack-token", "a Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,}", "xox"),
    *_key("slack-token", "a Slack token", r"xoxe\.xox[bp]-[A-Za-z0-9-]{10,}", "xoxe"),
    *_key("slack-token", "a Slack token", r"xapp-[A-Za-z0-9-]{20,}", "xapp-", glued=is_mixed),
    *_key(
        "slack-webhook",
        "a Slack webhook",
        r"hooks\.slack\.com/(?:services|workflows)/T[A-Za-z0-9]+/[AB][A-Za-z0-9]+/[A-Za-z0-9/]{16,}",
        "hooks.slack",
    ),
    *_key(
        "discord-webhook",
        "a Discord webhook",
        r"discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_-]{40,}",
        "discord",
    ),
    *_key(
        "stripe-key",
        "a Stripe key",
        r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,}",
        "k_live_ k_test_ k_prod_",
        glued=is_mixed,
    ),
    *_key("webhook-secret", "a webhook secret", r"whsec_[A-Za-z0-9+/=_-]{16,}", "whsec_"),
    *_key(
        "supabase-token", "a Supabase token", r"sb(?:p|_secret)_[A-Za-z0-9_-]{20,}", "sbp_ sb_secret_", glued=is_mixed
    ),
    *_key("supabase-token", "a Supabase token", r"sbp_[a-f0-9]{40}", "sbp_"),
    *_key("huggingface-token", "a Hugging Face token", r"hf_[A-Za-z0-9]{20,}", "hf_", glued=is_mixed),
    *_key("huggingface-token", "a Hugging Face token", r"api_org_[A-Za-z0-9]{34}", "api_org_"),
    *_key("npm-token", "an npm token", r"npm_[A-Za-z0-9]{36}", "npm_"),
    *_key("python-index-token", "a package index token", r"pypi-AgE[A-Za-z0-9_-]{50,}", "pypi-age"),
    *_key("rubygems-key", "a RubyGems key", r"rubygems_[a-f0-9]{48}", "rubygems_"),
    *_key("cargo-token", "a crates registry token", r"cio[A-Za-z0-9]{32}" + ENDS, "cio", is_mixed, None),
    *_key("clojars-token", "a Clojars token", r"CLOJARS_[A-Za-z0-9]{60}", "clojars_"),
    *_key("nuget-key", "a NuGet key", r"oy2[a-z0-9]{43}" + ENDS, "oy2", glued=None),
    *_key("digitalocean-token", "a DigitalOcean token", r"do[opr]_v1_[a-f0-9]{64}", "_v1_"),
    *_key("sendgrid-key", "a SendGrid key", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}", "sg.", glued=is_mixed),
    *_key("brevo-key", "a Brevo key", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}", "xkeysib-"),
    *_key("mailgun-key", "a Mailgun key", r"key-[a-f0-9]{32}" + ENDS, "key-", glued=None),
    _by_its_middle("mailchimp-key", "a Mailchimp key", r"-us[0-9]", "-us", rf"[a-f0-9]{{32}}-us[0-9]{{1,2}}{ENDS}"),
    *_key("twilio-key", "a Twilio key", r"SK[a-f0-9]{32}" + ENDS, "sk", glued=None),
    _by_its_middle(
        "telegram-token", "a Telegram bot token", r"[0-9]:aa[a-z0-9_-]{16}", ":aa", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"
    ),
    *_key("shopify-token", "a Shopify token", r"shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}", "shp"),
    *_key("square-token", "a Square token", r"sq0[a-z]{3}-[A-Za-z0-9_-]{22,}", "sq0"),
    *_key("square-token", "a Square token", r"EAAA[A-Za-z0-9_-]{60}" + ENDS, "eaaa", glued=None),
    *_key("facebook-token", "a Facebook token", r"EAA[MC][A-Za-z0-9]{80,}", "eaa", is_mixed, None),
    *_key("groq-key", "a Groq key", r"gsk_[A-Za-z0-9]{40,}", "gsk_"),
    *_key("xai-key", "an xAI key", r"xai-[A-Za-z0-9]{40,}", "xai-"),
    *_key("replicate-token", "a Replicate token", r"r8_[A-Za-z0-9]{30,}", "r8_", glued=is_mixed),
    *_key("perplexity-key", "a Perplexity key", r"pplx-[A-Za-z0-9]{30,}", "pplx-"),
    *_key("nvidia-key", "an NVIDIA key", r"nvapi-[A-Za-z0-9_-]{40,}", "nvapi-"),
    *_key("cerebras-key", "a Cerebras key", r"csk-[a-z0-9]{40,}", "csk-"),
    *_key("fireworks-key", "a Fireworks key", r"fw_[A-Za-z0-9]{22,}" + ENDS, "fw_", is_mixed, None),
    *_key("pinecone-key", "a Pinecone key", r"pcsk_[A-Za-z0-9_]{40,}", "pcsk_"),
    *_key("langsmith-key", "a LangSmith key", r"lsv2_(?:pt|sk)_[a-f0-9]{32}(?:_[a-f0-9]{6,})?", "lsv2_"),
    *_key("langfuse-key", "a Langfuse key", r"[sp]k-lf-[a-f0-9-]{36}", "k-lf-"),
    *_key("tavily-key", "a Tavily key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{20,}", "tvly-"),
    *_key("firecrawl-key", "a Firecrawl key", r"fc-[a-f0-9]{32}" + ENDS, "fc-", glued=None),
    *_key("bedrock-key", "a Bedrock key", r"ABSK[A-Za-z0-9+/]{60,}={0,2}", "absk", glued=None),
    *_key("elevenlabs-key", "an ElevenLabs key", r"sk_[a-f0-9]{48}" + ENDS, "sk_"),
    *_key("resend-key", "a Resend key", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}", "re_", is_mixed, None),
    *_key("databricks-token", "a Databricks token", r"dapi[a-f0-9]{32}", "dapi"),
    *_key("linear-key", "a Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}", "lin_"),
    *_key("notion-token", "a Notion token", r"ntn_[A-Za-z0-9]{40,}", "ntn_"),
    *_key("notion-token", "a Notion token", r"secret_[A-Za-z0-9]{43}" + ENDS, "secret_", is_mixed, None),
    *_key("docker-token", "a Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}", "dckr_"),
    *_key("vault-token", "a Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{24,}", "hvs. hvb. hvr."),
    SecretRule(
        "vault-token",
        "a Vault token",
        r"s\.[a-z0-9]{24}",
        ("s.",),
        _pattern(rf"{START}(?P<v>s\.[A-Za-z0-9]{{24}}{ENDS})"),
        is_mixed,
        is_placeholder_key,
    ),
    _by_its_middle(
        "terraform-token",
        "a Terraform token",
        r"\.atlasv1\.",
        "atlasv1",
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}",
    ),
    *_key("pulumi-token", "a Pulumi token", r"pul-[a-f0-9]{40}", "pul-"),
    *_key("doppler-token", "a Doppler token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40,}", "dp."),
    *_key("onepassword-token", "a 1Password token", r"ops_eyJ[A-Za-z0-9+/_-]{60,}={0,2}", "ops_eyj", always),
    *_key("age-key", "an age key", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}", "age-secret"),
    *_key("atlassian-token", "an Atlassian token", r"AT(?:ATT|CTT)3[A-Za-z0-9_=-]{40,}", "atatt3 atctt3"),
    *_key("bitbucket-token", "a Bitbucket token", r"ATBB[A-Za-z0-9]{24,}", "atbb", is_mixed, None),
    *_key("tailscale-key", "a Tailscale key", r"tskey-(?:[a-z]{2,12}-)?[A-Za-z0-9]{6,}(?:-[A-Za-z0-9]{6,})?", "tskey-"),
    *_key("grafana-token", "a Grafana token", r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", "glsa_"),
    *_key("grafana-token", "a Grafana token", r"glc_[A-Za-z0-9+/]{32,}={0,2}", "glc_"),
    *_key("sentry-token", "a Sentry token", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}", "sntry"),
    *_key("new-relic-key", "a New Relic key", r"NR(?:AK|II|IQ|RA|AA)-[A-Za-z0-9_-]{24,}", "nr"),
    *_key("dynatrace-token", "a Dynatrace token", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0"),
    *_key("posthog-key", "a PostHog key", r"ph[xs]_[A-Za-z0-9]{40,}", "phx_ phs_"),
    *_key("postman-key", "a Postman key", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}", "pmak-"),
    *_key("planetscale-token", "a PlanetScale token", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}", "pscale_"),
    *_key("neon-key", "a Neon key", r"napi_[a-z0-9]{60,}", "napi_"),
    *_key("netlify-token", "a Netlify token", r"nf[pcoub]_[A-Za-z0-9]{36}", "nf"),
    *_key("vercel-token", "a Vercel token", r"vc[pkair]_[A-Za-z0-9]{24,}", "vc", is_mixed, is_mixed),
    *_key("heroku-key", "a Heroku key", r"HRKU-[A-Za-z0-9_-]{36,}", "hrku-"),
    *_key("fly-token", "a Fly token", r"(?:fo1_[A-Za-z0-9_-]{43}|fm[12][ar]?_[A-Za-z0-9+/=,_-]{60,})", "fo1_ fm1 fm2"),
    *_key("cloudflare-token", "a Cloudflare token", r"cf(?:ut|at|k)_[A-Za-z0-9]{40,}", "cfut_ cfat_ cfk_"),
    *_key("cloudflare-key", "a Cloudflare origin key", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}", "v1.0-"),
    *_key("airtable-token", "an Airtable token", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", "pat", glued=None),
    *_key("asana-token", "an Asana token", r"[12]/[0-9]{12,}(?:/[0-9]{12,})?:[a-f0-9]{32}", "/", glued=None),
    *_key("hubspot-token", "a HubSpot token", r"pat-(?:na|eu|ap)[0-9]-[a-f0-9-]{36}", "pat-"),
    *_key("figma-token", "a Figma token", r"figd_[A-Za-z0-9_-]{36,}", "figd_"),
    *_key("contentful-token", "a Contentful token", r"CFPAT-[A-Za-z0-9_-]{40,}", "cfpat-"),
    *_key("typeform-token", "a Typeform token", r"tfp_[A-Za-z0-9_.-]{40,}", "tfp_"),
    *_key("easypost-key", "an EasyPost key", r"EZ[AT]K[A-Za-z0-9]{54}", "ezak eztk"),
    *_key("artifactory-key", "an Artifactory key", r"AKCp[A-Za-z0-9]{64,}", "akcp"),
    *_key("sourcegraph-token", "a Sourcegraph token", r"sgp_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}", "sgp_"),
    *_key("sonar-token", "a Sonar token", r"sq[apu]_[a-f0-9]{40}", "sqa_ sqp_ squ_"),
    *_key("buildkite-token", "a Buildkite token", r"bk(?:ua|aj|ct)_[a-f0-9]{40}", "bk"),
    *_key("circleci-token", "a CircleCI token", r"CCIPAT_[A-Za-z0-9]{20,}_[a-f0-9]{40}", "ccipat_"),
    *_key("adafruit-key", "an Adafruit key", r"aio_[A-Za-z0-9]{28}" + ENDS, "aio_", glued=None),
    *_key("alibaba-key-id", "an Alibaba key id", r"LTAI[A-Za-z0-9]{16,24}" + ENDS, "ltai", glued=None),
    _by_its_middle(
        "azure-secret",
        "an Azure client secret",
        r"[0-9]q~[a-z0-9_~.-]{16}",
        "q~",
        r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
    ),
    SecretRule(
        "aws-key-id",
        "an AWS key id",
        r"A[KS]IA[A-Z0-9]{16}",
        ("akia", "asia"),
        _pattern(rf"(?<![A-Z0-9])(?P<v>A[KS]IA[A-Z0-9]{{16}}{ENDS})"),
        always,
        is_placeholder_key,
    ),
    *_key("google-key", "a Google key", r"AIza[A-Za-z0-9_-]{30,}", "aiza", always, None),
    *_key("google-key", "a Google key", r"AIzaSy[A-Za-z0-9_-]{33}", "aizasy", always, always),
    *_key("google-token", "a Google token", r"(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{20,}", "ya29. gocspx-"),
    *_key("google-token", "a Google refresh token", r"1//0[A-Za-z0-9_-]{40,}", "1//0", glued=None),
    *_key(
        "json-web-token",
        "a JSON web token",
        # The second part of an encrypted one may be empty.
        r"eyJ[A-Za-z0-9_-]{8,}\.(?:eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
        r"|[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+){0,2}"
        r"|\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})",
        "eyj",
        always,
        always,
    ),
)
