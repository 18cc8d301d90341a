"""The least that is a workbook of Excel or a spreadsheet of LibreOffice: a ZIP of a few XML files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

OPEN_XML = "http://schemas.openxmlformats.org"
OFFICE = f"{OPEN_XML}/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"

CONTENT_TYPES = f"""<Types xmlns="{OPEN_XML}/package/2006/content-types">
<Default Extension="rels" ContentType="{RELATIONS}"/>
<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>
</Types>"""
WORKBOOK = f"""<workbook xmlns="{OPEN_XML}/spreadsheetml/2006/main" xmlns:r="{OFFICE}">
<sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets>
</workbook>"""
SHEET = f"""<worksheet xmlns="{OPEN_XML}/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>"""
CONTENT = f"""<office:document-content xmlns:office="{DOCUMENT}:office:1.0" xmlns:table="{DOCUMENT}:table:1.0"
 xmlns:text="{DOCUMENT}:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="One">%s</table:table>
</office:spreadsheet></office:body></office:document-content>"""
MANIFEST = f"""<manifest:manifest xmlns:manifest="{DOCUMENT}:manifest:1.0"/>"""


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP of these members, packed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with one sheet of texts."""
    cells = _joined(rows, '<c t="inlineStr"><is><t>{}</t></is></c>'.format, "<row>{}</row>".format)
    return zipped(
        {
            "[Content_Types].xml": CONTENT_TYPES.encode(),
            "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": WORKBOOK.encode(),
            "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": (SHEET % cells).encode(),
        }
    )


def ods(rows: Sequence[Sequence[str]]) -> bytes:
    """A spreadsheet with one table of texts."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'.format
    cells = _joined(rows, cell, "<table:table-row>{}</table:table-row>".format)
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": MANIFEST.encode(),
            "content.xml": (CONTENT % cells).encode(),
        }
    )


def _joined(rows: Sequence[Sequence[str]], cell: Callable[[str], str], row: Callable[[str], str]) -> str:
    return "".join(row("".join(map(cell, each))) for each in rows)


def _relation(kind: str, target: str) -> bytes:
    return (
        f'<Relationships xmlns="{OPEN_XML}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
    ).encode()
