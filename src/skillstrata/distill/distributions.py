"""Which distribution provides an imported module, and how a missing program is installed.

In     an import's first name, the user's own mappings, what the metadata of the recorded interpreter says
Out    Resolution: one distribution, or why none is taken
Why    an import name is not a distribution name, and package indexes hold unrelated projects under import names: what
       neither the curated table nor the metadata knows, or what they disagree about, is never guessed
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from skillstrata.records.environments import Provider

DISTRIBUTIONS = {
    name: value
    for name, _, value in (
        pair.partition("=")
        for pair in """
    aiofiles=aiofiles aiohttp=aiohttp anthropic=anthropic arrow=arrow attr=attrs attrs=attrs babel=Babel black=black
    bleach=bleach boto3=boto3 bs4=beautifulsoup4 cairosvg=CairoSVG cbor2=cbor2 chardet=chardet
    charset_normalizer=charset-normalizer click=click colorama=colorama commonmark=commonmark
    cryptography=cryptography cssselect=cssselect cv2=opencv-python-headless dateparser=dateparser
    dateutil=python-dateutil defusedxml=defusedxml demjson3=demjson3 docutils=docutils docx=python-docx
    docx2txt=docx2txt docxtpl=docxtpl dotenv=python-dotenv duckdb=duckdb ebooklib=EbookLib et_xmlfile=et_xmlfile
    extract_msg=extract-msg faker=Faker feedparser=feedparser fitz=PyMuPDF flask=Flask fpdf=fpdf2 ftfy=ftfy
    geojson=geojson git=GitPython html2text=html2text html5lib=html5lib httpx=httpx icalendar=icalendar idna=idna
    imageio=imageio iso8601=iso8601 jinja2=Jinja2 jmespath=jmespath joblib=joblib json5=json5 jsonlines=jsonlines
    jsonpath_ng=jsonpath-ng jsonschema=jsonschema langdetect=langdetect latex2mathml=latex2mathml loguru=loguru
    lxml=lxml magic=python-magic mammoth=mammoth markdown=Markdown markdown2=markdown2 markdown_it=markdown-it-py
    markdownify=markdownify markitdown=markitdown markupsafe=MarkupSafe matplotlib=matplotlib mistune=mistune
    more_itertools=more-itertools msgpack=msgpack networkx=networkx nbformat=nbformat numpy=numpy odf=odfpy
    olefile=olefile openpyxl=openpyxl orjson=orjson packaging=packaging pandas=pandas parsel=parsel
    pdf2image=pdf2image pdfminer=pdfminer.six pdfplumber=pdfplumber PIL=Pillow pikepdf=pikepdf plotly=plotly
    polars=polars pptx=python-pptx psutil=psutil pyarrow=pyarrow pydantic=pydantic pydub=pydub pygments=Pygments
    pymupdf=PyMuPDF pymupdf4llm=pymupdf4llm pyparsing=pyparsing pypandoc=pypandoc pypdf=pypdf PyPDF2=PyPDF2
    pypdfium2=pypdfium2 pytesseract=pytesseract pytz=pytz qrcode=qrcode rapidfuzz=rapidfuzz rdflib=rdflib
    readability=readability-lxml regex=regex reportlab=reportlab requests=requests rich=rich rtfde=RTFDE
    ruamel=ruamel.yaml scipy=scipy seaborn=seaborn shapely=shapely simplejson=simplejson six=six
    skimage=scikit-image sklearn=scikit-learn slugify=python-slugify sortedcontainers=sortedcontainers
    soupsieve=soupsieve sqlalchemy=SQLAlchemy srt=srt striprtf=striprtf svglib=svglib svgwrite=svgwrite sympy=sympy
    tabula=tabula-py tabulate=tabulate tenacity=tenacity termcolor=termcolor textract=textract tiktoken=tiktoken
    tinycss2=tinycss2 toml=toml tomli=tomli tomli_w=tomli-w tomlkit=tomlkit tqdm=tqdm trafilatura=trafilatura
    typer=typer typing_extensions=typing_extensions tzlocal=tzlocal ujson=ujson unidecode=Unidecode urllib3=urllib3
    vobject=vobject weasyprint=weasyprint webvtt=webvtt-py wordcloud=wordcloud xlrd=xlrd xlsx2csv=xlsx2csv
    xlsxwriter=XlsxWriter xlwt=xlwt xmltodict=xmltodict xxhash=xxhash yaml=PyYAML zstandard=zstandard
    """.split()
    )
}

WINDOWS_ONLY = frozenset(
    """
    win32com win32api win32con win32gui win32clipboard pythoncom pywintypes winreg msvcrt winsound _winapi comtypes
    xlwings
    """.split()
)

NETWORK_MODULES = frozenset(
    """
    requests httpx aiohttp urllib3 socket ftplib smtplib imaplib poplib telnetlib paramiko websocket websockets
    boto3 anthropic openai selenium playwright yfinance
    """.split()
)
NETWORK_CALLS = frozenset(
    """
    urllib.request.urlopen urllib.request.urlretrieve urllib.request.build_opener http.client.HTTPConnection
    http.client.HTTPSConnection asyncio.open_connection xmlrpc.client.ServerProxy webbrowser.open
    """.split()
)

_APT = {
    name: value
    for name, _, value in (
        pair.partition("=")
        for pair in """
    pandoc=pandoc soffice=libreoffice libreoffice=libreoffice pdftotext=poppler-utils pdftoppm=poppler-utils
    pdfinfo=poppler-utils pdfimages=poppler-utils pdftohtml=poppler-utils ffmpeg=ffmpeg ffprobe=ffmpeg
    convert=imagemagick magick=imagemagick identify=imagemagick tesseract=tesseract-ocr wkhtmltopdf=wkhtmltopdf
    antiword=antiword catdoc=catdoc xls2csv=catdoc gs=ghostscript qpdf=qpdf exiftool=libimage-exiftool-perl jq=jq
    sqlite3=sqlite3 xmllint=libxml2-utils xsltproc=xsltproc pdflatex=texlive-latex-base xelatex=texlive-xetex
    dot=graphviz inkscape=inkscape rsvg-convert=librsvg2-bin sox=sox unrtf=unrtf html2text=html2text lynx=lynx
    w3m=w3m tidy=tidy git=git node=nodejs unzip=unzip zip=zip 7z=p7zip-full csvtool=csvtool odt2txt=odt2txt
    djvutxt=djvulibre-bin ebook-convert=calibre asciidoctor=asciidoctor rst2html=python3-docutils enscript=enscript
    ps2pdf=ghostscript mutool=mupdf-tools pdfjam=texlive-extra-utils tree=tree file=file curl=curl wget=wget
    pdftocairo=poppler-utils pdfseparate=poppler-utils pdfunite=poppler-utils pdftk=pdftk-java mlr=miller yq=yq
    dwebp=webp montage=imagemagick mogrify=imagemagick xmlstarlet=xmlstarlet ssconvert=gnumeric duckdb=duckdb
    unoconv=unoconv ocrmypdf=ocrmypdf catppt=catdoc pngquant=pngquant rst2html5=python3-docutils neato=graphviz
    gawk=gawk mawk=mawk groff=groff recode=recode rg=ripgrep xxd=xxd iconv=libc-bin bsdtar=libarchive-tools
    zstd=zstd zstdcat=zstd xz=xz-utils xzcat=xz-utils cmark=cmark multimarkdown=libtext-multimarkdown-perl
    in2csv=csvkit csvcut=csvkit csvgrep=csvkit csvsort=csvkit csvjoin=csvkit csvstack=csvkit csvjson=csvkit
    csvlook=csvkit csvformat=csvkit csvsql=csvkit csvstat=csvkit dos2unix=dos2unix parallel=parallel
    zcat=gzip gunzip=gzip base64=coreutils bzcat=bzip2 column=bsdextrautils strings=binutils numfmt=coreutils
    markdown_py=python3-markdown gojq=gojq
    cwebp=webp optipng=optipng docx2txt=docx2txt zbarimg=zbar-tools
    """.split()
    )
}


# Programs that come with another package manager.
_ELSEWHERE = {
    name: value.replace("_", " ")
    for name, _, value in (
        pair.partition("=")
        for pair in """
    markitdown=uv_tool_install_markitdown weasyprint=uv_tool_install_weasyprint cairosvg=uv_tool_install_cairosvg
    xlsx2csv=uv_tool_install_xlsx2csv csvtojson=npm_install_-g_csvtojson json2csv=npm_install_-g_json2csv
    marked=npm_install_-g_marked markdown-it=npm_install_-g_markdown-it js-yaml=npm_install_-g_js-yaml
    svgo=npm_install_-g_svgo mmdc=npm_install_-g_@mermaid-js/mermaid-cli xsv=cargo_install_xsv qsv=cargo_install_qsv
    dasel=brew_install_dasel
    """.split()
    )
}
MAC_ONLY = frozenset("sips textutil pbcopy pbpaste osascript mdls mdfind say plutil qlmanage".split())


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is known of a module: one distribution, or a problem, or neither where nobody knows it.

    `evidence` says where the answer comes from, with the version where it ran. `of_project` says that the module was
    installed from a folder of the user's: no index has it.
    """

    distribution: str = ""
    evidence: str = ""
    problem: str = ""
    of_project: bool = False


def resolve(module: str, providers: tuple[Provider, ...] = (), maps: Mapping[str, str] | None = None) -> Resolution:
    """Settle which distribution provides a module.

    The user's own mapping wins; then table and metadata must agree as far as they speak. The version is evidence, not
    a requirement: that the program needs exactly that one is not shown by its having run with it.

    Args:
        module: The first name of an import.
        providers: What the metadata of the interpreter that ran the program says; nothing where it is gone.
        maps: Import names that the user mapped.
    """
    if maps and module in maps:
        return Resolution(maps[module], f"{module} is {maps[module]} as you said")
    regular = [provider for provider in providers if provider.regular] or list(providers)
    if any(provider.of_project for provider in regular):
        return Resolution(of_project=True, evidence=f"{module} was installed from a folder")
    table = DISTRIBUTIONS.get(module, "")
    named = {_spelled(provider.distribution): provider for provider in regular}
    if not named:
        return Resolution(table)
    where = ", ".join(sorted({provider.place for provider in regular}))
    names = " and ".join(sorted(provider.distribution for provider in named.values()))
    if len(named) > 1:
        return Resolution(problem=f"{names} both provide the module '{module}' in {where}")
    [(spelled, provider)] = named.items()
    if table and _spelled(table) != spelled:
        return Resolution(problem=f"the module '{module}' is of {provider.distribution} in {where}, usually of {table}")
    return Resolution(
        table or provider.distribution, f"{module} is {provider.distribution} {provider.version} in {where}"
    )


def _spelled(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def install_command(binary: str) -> str:
    """Give the command that installs a program; its plain name stands where its package is not known."""
    return _ELSEWHERE.get(binary) or f"apt-get install {_APT.get(binary, binary)}"
