"""Papers of assets 资产文书: the sheet that people carry through the rooms when they count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.grammar import Count, Line, Money, Text
from opsbook.grammar.form import Fields, Lines, Signatures, Values, field, form, lines
from opsbook.grammar.workings import Workings, named
from opsbook.lists import Dept

if TYPE_CHECKING:
    from opsbook.columns import Assets


@form("count-sheet", of="assets", en="Stock-take Count Sheet", zh="资产盘点表", asks=Text("a department, a round of stock-taking as 2026-H1, or all",
                                                                                          "部门、盘点轮次（如 2026-H1）或 all"),
      clause="五(三)2", parts=(
    Fields(None, (field("scope", "Scope", "盘点范围", Line), field("round", "Round", "盘点轮次", Line), field("count", "Assets", "资产数量", Count),
                  field("worth", "Net Book Value", "账面净值", Money))),
    Lines("assets", Text("Assets", "资产明细"), (field("asset_id"), field("name"), field("place", "Location by the Books", "账面地点", Line), field("custodian",
                                                                                                                                                    "Custodian",
                                                                                                                                                    "保管人", Line),
          field("net_value"), field("found", "Found", "实盘", Line), field("where", "Found At", "实际地点", Line), field("note", "Difference", "差异说明", Line)),
          (2, 2, 2, 1, 1, 1, 1, 2), of="assets"),
    Signatures((Text("Counted by", "盘点人"), Text("Witness (Finance)", "监盘人（财务）"), Text("Custodian", "保管人"), Text("Date", "日期"))),
))  # fmt: skip
def count_sheet(assets: Assets, book: Workings, record: str) -> Values | None:
    """The assets to be counted, with room for what is found; of a round that has begun, what was found so far. 待盘点资产及填写栏；已开始的轮次列出已盘结果。"""
    rows, scope = assets[assets.status != "disposed"], Text("all assets in use", "全部在册资产")
    round_, results = "", dict[str, Any]()
    labels = {s.casefold(): (code, text) for code, text in Dept.labels().items() for s in (code, text.en, text.zh)}
    if record.casefold() in labels:
        code, scope = labels[record.casefold()]
        rows = rows[rows.department == code]
    elif record.casefold() not in ("all", "全部"):
        if not book.has("stocktakes"):
            return None
        stocktakes = book.frame("stocktakes", "assets").live
        counted = stocktakes[stocktakes.column("round") == record]
        if not len(counted):
            return None
        round_ = record
        shown = counted.sheet.columns["result"].kind.show
        results = {asset: (shown(result) if isinstance(result, str) else None, where, why) for asset, result, where, why in
                   zip(*(counted.column(n).astype(object) for n in ("asset_id", "result", "found_location", "diff_reason")), strict=True)}  # fmt: skip
    if not len(rows):
        return None
    table = lines(rows, "asset_id", "name", "net_value", place=rows.location, custodian=named(rows.custodian_id, book))
    for line in table:
        found, where, why = results.get(str(line["asset_id"]), (None, None, None))
        line |= {"found": found, "where": None if pd.isna(where) else where, "note": None if pd.isna(why) else why}
    return {"scope": scope, "round": round_ or None, "count": float(len(rows)), "worth": round(float(np.nansum(rows.net_value)), 2), "assets": table}


