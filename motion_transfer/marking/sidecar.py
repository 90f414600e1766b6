"""An XMP file beside a result: what Content Credentials say, for containers that cannot carry them."""

import hashlib
import json
import xml.etree.ElementTree as ET
from pathlib import Path

from motion_transfer.errors import MotionTransferError, VideoError
from motion_transfer.files import atomic_path
from motion_transfer.loading import Expected, read_text
from motion_transfer.marking.identity import Identity
from motion_transfer.marking.signature import Signer, check_signature, sign_bytes
from motion_transfer.marking.statement import PROGRAM, Claim, Ingredient, Statement
from motion_transfer.version import __version__

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "mt": "urn:motion-transfer:xmp:1",
}
FIELDS = {
    "program": "xmp:CreatorTool",
    "source": "iptc:DigitalSourceType",
    "consent": "mt:consent",
    "sha256": "mt:sha256",
    "signature": "mt:signature",
}

SIDECAR = ".xmp"
"""What is added to a file's name."""

EXPECTED = Expected("the XMP sidecar of a result", VideoError)
LIMIT = 200_000  # bytes; the certificates of a long chain take 10,000


def sidecar_path(path: Path) -> Path:
    """Where the sidecar of a file lies."""
    return path.with_name(path.name + SIDECAR)


def write_sidecar(path: Path, unfinished: Path, statement: Statement, identity: Identity | None) -> None:
    """Write the sidecar of a file that is complete as `unfinished` and is to be `path`."""
    values = {
        "program": f"{PROGRAM} {__version__}",
        "source": statement.source_type,
        "consent": statement.consent,
        "sha256": _sha256(unfinished),
    }
    ingredients = [vars(each) for each in statement.ingredients]
    signature = json.dumps(sign_bytes(_signed(values, ingredients), identity)) if identity else ""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    meta = ET.Element(_name("x:xmpmeta"))
    about = ET.SubElement(ET.SubElement(meta, _name("rdf:RDF")), _name("rdf:Description"), {_name("rdf:about"): ""})
    for name, text in (values | {"signature": signature}).items():
        if text:
            ET.SubElement(about, _name(FIELDS[name])).text = text
    bag = ET.SubElement(ET.SubElement(about, _name("mt:ingredients")), _name("rdf:Bag"))
    for each in ingredients:
        item = ET.SubElement(bag, _name("rdf:li"), {_name("rdf:parseType"): "Resource"})
        for name, text in each.items():
            ET.SubElement(item, _name(f"mt:{name}")).text = text
    ET.indent(meta)
    with atomic_path(sidecar_path(path)) as place:
        place.write_bytes(ET.tostring(meta, "utf-8", xml_declaration=True) + b"\n")


def read_sidecar(path: Path) -> Claim | None:
    """What the sidecar of a file says, and whether that holds; None where there is none that can be read."""
    try:
        text = read_text(sidecar_path(path), EXPECTED, LIMIT)
        # Declarations can make a parser expand or fetch things, and XMP has none.
        about = None if "<!" in text else ET.fromstring(text).find("rdf:RDF/rdf:Description", NAMESPACES)
    except (MotionTransferError, ET.ParseError):
        return None
    if about is None:
        return None
    values = {name: about.findtext(place, "", NAMESPACES) for name, place in FIELDS.items()}
    ingredients = [
        {name: item.findtext(f"mt:{name}", "", NAMESPACES) for name in ("role", "title", "sha256")}
        for item in about.iterfind("mt:ingredients/rdf:Bag/rdf:li", NAMESPACES)
    ]
    signature, signer, problems = values.pop("signature"), Signer("", False), []
    if values["sha256"] != _sha256(path):
        problems.append("it was written for other content")
    if signature:
        try:
            signer = check_signature(_signed(values, ingredients), json.loads(signature))
        except (ValueError, RecursionError) as error:
            problems.append(str(error))
    made_from = tuple(Ingredient(**each) for each in ingredients)
    source_types = (values["source"],) if values["source"] else ()
    claimed = values["program"], source_types, made_from, values["consent"]
    return Claim(*claimed, signer.name, signer.known, tuple(problems))


def _signed(values: dict[str, str], ingredients: list[dict[str, str]]) -> bytes:
    """What a signature is of: all that is claimed, in one form."""
    return json.dumps([values, ingredients], sort_keys=True).encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"
