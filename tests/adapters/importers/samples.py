"""Small files of every kind that is read, all made here; no line of them is anybody else's."""

from __future__ import annotations

import json
from typing import Any

from plimsoll.adapters.importers.documents import SourceFile

OSCAL = "http://csrc.nist.gov/ns/oscal/1.0"


def source(name: str, content: str | bytes | dict[str, Any]) -> SourceFile:
    if isinstance(content, dict):
        content = json.dumps(content, indent=1)
    return SourceFile(name=name, content=content.encode() if isinstance(content, str) else content)


def control(identifier: str, title: str, *, text: str = "", **more: Any) -> dict[str, Any]:
    label = identifier.upper().replace(".", "(") + (")" if "." in identifier else "")
    return {
        "id": identifier,
        "class": "X-1" if "." not in identifier else "X-1-enhancement",
        "title": title,
        "props": [{"name": "label", "class": "padded", "value": "?"}, {"name": "label", "value": label}],
        "parts": [{"name": "statement", "prose": text}] if text else [],
        **more,
    }


CATALOG: dict[str, Any] = {
    "catalog": {
        "uuid": "1",
        "metadata": {"title": "Harbour rules", "version": "3.1", "oscal-version": "1.1.2"},
        "groups": [
            {
                "id": "bw",
                "class": "family",
                "title": "Breakwaters",
                "parts": [{"name": "overview", "prose": "What keeps the sea out."}],
                "controls": [
                    control(
                        "bw-1",
                        "Height",
                        text="The wall is {{ insert: param, bw-1_prm }} high.",
                        links=[{"href": "#bw-2.1", "rel": "related"}, {"href": "#ref-9", "rel": "reference"}],
                    ),
                    control(
                        "bw-2",
                        "Lights",
                        parts=[
                            {
                                "name": "statement",
                                "prose": "The keeper:",
                                "parts": [
                                    {
                                        "name": "item",
                                        "props": [{"name": "label", "value": "a."}],
                                        "prose": "lights the lamp; and",
                                    },
                                    {
                                        "name": "item",
                                        "props": [{"name": "label", "value": "b."}],
                                        "prose": "keeps a *log*.",
                                    },
                                ],
                            },
                            {"name": "guidance", "prose": "Not taken."},
                        ],
                        controls=[
                            control("bw-2.1", "Spare lamp", text="A second lamp is at hand."),
                            control("bw-2.2", "Fog horn", text="A horn sounds in fog."),
                        ],
                    ),
                    control(
                        "bw-3",
                        "Tar",
                        props=[{"name": "status", "value": "Withdrawn"}, {"name": "label", "value": "BW-3"}],
                    ),
                ],
            },
            {"title": "Moorings", "controls": [control("mo-1", "Rings", text="Rings hold.")]},
        ],
    }
}

CATALOG_XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- the same rules as XML -->
<o:catalog xmlns:o="{OSCAL}" uuid="1">
  <o:metadata><o:title>Harbour rules</o:title><o:last-modified>2026-01-01T00:00:00Z</o:last-modified>
    <o:version>3.1</o:version><o:oscal-version>1.1.2</o:oscal-version></o:metadata>
  <o:group id="bw" class="family"><o:title>Breakwaters</o:title>
    <o:part name="overview"><o:p>What keeps
       the sea out.</o:p></o:part>
    <o:control id="bw-1" class="X-1"><o:title>Height</o:title>
      <o:prop name="label" class="padded" value="?"/><o:prop name="label" value="BW-1"/>
      <o:link href="#bw-2.1" rel="related"/><o:link href="#ref-9" rel="reference"/>
      <o:part name="statement">
        <o:p>The wall is <o:insert type="param" id-ref="bw-1_prm"/> high.</o:p></o:part>
    </o:control>
    <o:control id="bw-2" class="X-1"><o:title>Lights</o:title>
      <o:prop name="label" value="BW-2"/>
      <o:part name="statement"><o:p>The keeper:</o:p>
        <o:part name="item"><o:prop name="label" value="a."/><o:p>lights the lamp; and</o:p></o:part>
        <o:part name="item"><o:prop name="label" value="b."/><o:p>keeps a <o:em>log</o:em>.</o:p></o:part>
      </o:part>
      <o:part name="guidance"><o:p>Not taken.</o:p></o:part>
      <o:control id="bw-2.1" class="X-1-enhancement"><o:title>Spare lamp</o:title>
        <o:prop name="label" value="BW-2(1)"/>
        <o:part name="statement"><o:p>A second lamp is at hand.</o:p></o:part></o:control>
      <o:control id="bw-2.2" class="X-1-enhancement"><o:title>Fog horn</o:title>
        <o:prop name="label" value="BW-2(2)"/>
        <o:part name="statement"><o:p>A horn sounds in fog.</o:p></o:part></o:control>
    </o:control>
    <o:control id="bw-3" class="X-1"><o:title>Tar</o:title>
      <o:prop name="status" value="Withdrawn"/><o:prop name="label" value="BW-3"/></o:control>
  </o:group>
  <o:group><o:title>Moorings</o:title>
    <o:control id="mo-1" class="X-1"><o:title>Rings</o:title><o:prop name="label" value="MO-1"/>
      <o:part name="statement"><o:p>Rings hold.</o:p></o:part></o:control>
  </o:group>
</o:catalog>
"""


def profile(*imports: dict[str, Any], title: str = "Small harbours", **more: Any) -> dict[str, Any]:
    return {
        "profile": {
            "uuid": "2",
            "metadata": {"title": title, "version": "3.1"},
            "imports": list(imports)
            or [{"href": "rules.json", "include-controls": [{"with-ids": ["bw-1"]}]}],
            "merge": {"as-is": True},
            **more,
        }
    }


ATLAS_5 = """\
id: ATLAS
name: Made up
version: 5.9.0
matrices:
- id: ATLAS
  name: Matrix
  tactics:
  - {id: AML.TA0001, name: Watching, description: 'To look on.', object-type: tactic}
  techniques:
  - id: AML.T0001
    name: Peer
    description: 'First.


      Second.'
    object-type: technique
    tactics: [AML.TA0001]
    created_date: 2021-05-13
  - {id: AML.T0001.000, name: Peer at night, description: Dark., subtechnique-of: AML.T0001}
  - {id: AML.T0019, name: Publish Poisoned Datasets, description: Bad., tactics: [AML.TA0001]}
  mitigations:
  - id: AML.M0001
    name: Curtains
    description: Hang them.
    techniques: [{id: AML.T0001, use: Draw them.}]
case-studies:
- id: AML.CS0001
  name: The window
  summary: Somebody looked.
  incident-date: 2020-01-01
  procedure: [{tactic: AML.TA0001, technique: AML.T0001}, {tactic: AML.TA0001, technique: AML.T0001}]
"""

ATLAS_6 = """\
format-version: 6.0.0
collection: {id: ATLAS-collection, version: '2026.05', name: ATLAS}
matrix: {id: ATLAS-matrix, object-type: matrix, name: ATLAS}
tactics:
  AML.TA0001: {id: AML.TA0001, name: Watching, description: 'To look on.', object-type: tactic}
techniques:
  AML.T0001:
    id: AML.T0001
    name: Peer
    description: 'First.


      Second.'
    object-type: technique
    maturity: Realized
    platforms: [Predictive AI]
  AML.T0001.000: {id: AML.T0001.000, name: Peer at night, description: Dark., object-type: technique}
  AML.T0115: {id: AML.T0115, name: Publish Poisoned AI Artifacts, description: Worse.}
  AML.T0115.000: {id: AML.T0115.000, name: Datasets, description: Bad.}
mitigations:
  AML.M0001: {id: AML.M0001, name: Curtains, description: Hang them.}
case-studies:
  AML.CS0001: {id: AML.CS0001, name: The window, description: Somebody looked., date: '2020-01-01'}
relationships:
  ATLAS-matrix: {sequences: [{source: ATLAS-matrix, target: AML.TA0001}]}
  AML.T0001: {achieves: [{source: AML.T0001, target: AML.TA0001, relationship-type: achieves}]}
  AML.T0001.000: {specializes: [{source: AML.T0001.000, target: AML.T0001}]}
  AML.T0115: {achieves: [{source: AML.T0115, target: AML.TA0001}]}
  AML.T0115.000: {specializes: [{source: AML.T0115.000, target: AML.T0115}]}
  AML.M0001: {mitigates: [{source: AML.M0001, target: AML.T0001, description: Draw them.}]}
  AML.CS0001:
    employs:
    - {source: AML.CS0001, target: AML.T0001, tactic: AML.TA0001, step-id: s1, leads-to: [s2]}
    - {source: AML.CS0001, target: AML.T0001, tactic: AML.TA0001, step-id: s2}
"""

COSAI_RISKS = """\
title: Risks
description: [What can go wrong.]
risks:
- id: riskLeak
  title: A leak
  shortDescription: ['Water comes in.']
  longDescription: ['Much water.', ['First here,', 'then there.']]
  category: risksHull
  controls: [controlPump]
  mappings:
    mitre-atlas: ['AML.T0020@5.0.1']
    stride: [Tampering]
    owasp-top10-llm: ['LLM04:2025']
"""
COSAI_CONTROLS = """\
title: Controls
description: [What helps.]
categories:
- {id: controlsHull, title: Hull, subcategory: [{id: controlsBilge, title: Bilge}]}
controls:
- id: controlPump
  title: A pump
  description: ['Pumps.']
  category: controlsHull
  subcategory: controlsBilge
  risks: [riskLeak]
  components: none
- id: controlWatch
  title: A watch
  description: [Watches.]
  category: controlsHull
  risks: all
  components: all
"""
COSAI_PERSONAS = """\
title: Personas
description: [Who.]
personas:
- {id: personaMate, title: Mate, description: [Steers.], mappings: {iso-22989: [AI Producer@2022]}}
- {id: personaBoy, title: Boy, description: [Ran.], deprecated: true}
"""

HOUSE_YAML = """\
id: halyard-ai
title: Halyard's AI standard
edition: "2"
clauses:
- {id: H, title: Before going live, kind: chapter}
- id: H-1
  title: A named owner
  text: One person can switch it off.
  parent: H
  replaces: [OLD-7, OLD-8]
- {id: H-2, title: Paper log, parent: H, withdrawn: true}
"""
HOUSE_CSV = (
    "id;title;kind;text;parent;withdrawn;replaces;;\r\n"
    "H;Before going live;chapter;;;;;;\r\n"
    'H-1;A named owner;;"One person can switch it off.";H;no;OLD-7| OLD-8;;\r\n'
    ";;;;;;;;\r\n"
    "H-2;Paper log;;;H;x;;;\r\n"
)

COSAI_FILES = (
    source("risks.yaml", COSAI_RISKS),
    source("controls.yaml", COSAI_CONTROLS),
    source("personas.yaml", COSAI_PERSONAS),
)
SAMPLES: dict[str, tuple[SourceFile, ...]] = {
    "oscal-catalog": (source("rules.json", CATALOG),),
    "oscal-profile": (source("small.json", profile()),),
    "mitre-atlas": (source("atlas.yaml", ATLAS_6),),
    "cosai-risk-map": COSAI_FILES,
    "house-yaml": (source("house.yaml", HOUSE_YAML),),
    "house-csv": (source("house.csv", HOUSE_CSV),),
}
"""Kind → the files of one framework of that kind."""
