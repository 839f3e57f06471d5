"""Overview: the blocks of the dashboard on one A4 page: tiles, budget, value, risks, projects, index, systems, what waits, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from opsbook.actions import chart
from opsbook.actions.blocks import Blocks, Table
from opsbook.actions.listing import ranked
from opsbook.actions.report import GLYPH
from opsbook.actions.summarise import heat, wide
from opsbook.grammar import Finding, Findings, Severity, Text
from opsbook.grammar.block import Summary
from opsbook.grammar.board import Area, Board, Colour, Graph, Jump, Look, Series, Shade
from opsbook.grammar.finding import letters
from opsbook.grammar.workings import Workings

UNIT, FIRST = 18, 1  # pixels of a grid column, and the first of the sixty
TILES, THIRD, HALF = [FIRST + 10 * k for k in range(6)], [FIRST, FIRST + 20, FIRST + 40], [FIRST, FIRST + 30]
HISTORY = 12  # months of the mini charts
CHART_ROWS, LINES = 7, 8  # grid rows that a chart of the first band takes; lines of the tables of the second

SMALL = Look(size=8, colour="muted")
CELL = Look(size=8.5, line="dotted")
HEAD = Look(bold=True, size=10.5, colour="navy", line="thin")
COLUMN = Look(size=8, colour="muted", line="thin")
NONE_YET, FAILED = Text("no data", "暂无数据"), Text("could not be worked out", "无法计算")


def figures(workings: Workings, findings: Findings) -> dict[str, float]:
    """The figures that the state keeps month by month."""
    found: dict[str, float] = {"errors": float(len(findings.errors)), "warnings": float(len(findings.warnings))} if findings else {}
    for id_, key in (("overview_figures", "code"), ("index_parts", "code"), ("department_scores", "department")):
        data = workings.lines(id_)
        if len(data):
            value = "value" if "value" in data else "score"
            found |= {f"{id_}.{k}": float(v) for k, v in zip(data[key], data[value], strict=True) if v == v}
    return found


class Dashboard:
    """Places the blocks; what a workbook has no registers for is left out and said."""

    def __init__(self, blocks: Blocks, findings: Findings, scratch: chart.Scratch, page: Summary) -> None:
        workings, told = blocks.workings, blocks.told
        self.blocks, self.workings, self.findings, self.told, self.lang = blocks, workings, findings, told, told.lang
        self.board = Board(page.key, told.name(page), told.lang, one_page=True, closed=True)
        self.scratch = scratch.on(self.board)
        self.page = page
        self.board.widths = {0: 10, FIRST + 60: 6} | {FIRST + n: UNIT for n in range(60)}
        past = told.history
        self.past = past[past.index < f"{workings.today:%Y-%m}"].tail(HISTORY) if len(past) else past

    def table(self, id_: str) -> Table | None:
        """A block worked out; None where it cannot be."""
        found = self.blocks[id_]
        return None if found is None or found.failed else found

    def draw(self) -> Board:
        """The whole page."""
        self._head()
        self._tiles(4)
        first, second, third = 9, 18, 29
        for row in (first, second, third):
            self.board.heights[row] = 22
        for row in range(first + 2, first + 7):
            self.board.heights[row] = 36
        self.board.heights |= {first + 1: 6, first + 7: 18, first + 8: 6, second + 10: 6}
        self._budget(first, THIRD[0])
        self._value(first, THIRD[1])
        self._heat(first, THIRD[2])
        self._projects(second, HALF[0])
        self._index(second, HALF[1], 12)
        self._expenses(second, HALF[1] + 13, 16)
        self._systems(third, FIRST, 15)
        self._departments(third, FIRST + 16, 14)
        self._pending(third, FIRST + 31, 13)
        self._findings(third, FIRST + 45, 14)
        return self.board

    # ------------------------------------------------------------------------------------------------- parts

    def _put(self, row: int, column: int, wide_: int, value: Any, look: Look) -> None:
        self.board.put(row, column, value, look, wide_)

    def _head(self) -> None:
        lang, policy, today = self.lang, self.workings.policy, self.workings.today
        self.board.heights |= {0: 6, 1: 32, 2: 18, 3: 8}
        self.board.put(1, FIRST, f"{policy('org.name')}  {self.page.tab[lang]} {self.page.tab.other(lang)}", Look(bold=True, size=18, colour="navy"))
        rows = sum(len(t) for t in self.workings.book.tabs.values())
        said = Text(f"To {today:%d %b %Y} · {self.told.file} · {rows:,} records · amounts in CNY · ▲ ▼ against the month before",
                    f"截至 {today:%Y年%m月%d日} · {self.told.file} · 记录 {rows:,} 条 · 金额单位：人民币元 · ▲▼ 与上月比较")
        self.board.put(2, FIRST, said[lang], replace(SMALL, size=9))
        errors, warnings = len(self.findings.errors), len(self.findings.warnings)
        colour: Colour = "red" if errors else "green"
        link = Text(f"◆ {errors} errors, {warnings} warnings →", f"◆ {errors} 项错误，{warnings} 项警告 →") if errors or warnings else Text("● nothing found",
                                                                                                                                            "● 未发现问题")
        jump = Jump(link[lang], self.told.name(self._page("findings")), 0, 0)
        self._put(1, FIRST + 40, 19, jump if errors or warnings else link[lang], Look(bold=True, size=10, colour=colour, align="right"))
        when = Text(f"Refreshed {self.told.now:%Y-%m-%d %H:%M} · opsbook · policy {policy.version}",
                    f"刷新于 {self.told.now:%Y-%m-%d %H:%M} · opsbook · 制度参数 {policy.version}")
        self._put(2, FIRST + 36, 23, when[lang], replace(SMALL, align="right"))
        for column in range(FIRST, FIRST + 59):
            self.board.put(3, column, None, Look(line="thick"))

    def _page(self, key: str) -> Summary:
        from opsbook.summaries import ALL

        return next(p for p in ALL if p.key == key)

    def _tiles(self, row: int) -> None:
        self.board.heights |= dict(zip(range(row, row + 5), (22, 32, 18, 26, 10), strict=True))
        found = self.table("overview_figures")
        tiles = found.data.to_dict("records") if found else []
        for at, tile in zip(TILES, tiles, strict=False):
            base = Look(fill="tile", edge=tile["state"], indent=1)
            self._put(row, at, 9, tile["name"][self.lang], replace(base, colour="muted"))
            self._put(row + 1, at, 9, float(tile["value"]), replace(base, bold=True, size=20, number_format=tile["form"]))
            self._put(row + 2, at, 9, self._against(tile), replace(base, size=8.5, colour=tile["state"]))
            self._put(row + 3, at, 9, None, base)
            past = self._past(f"overview_figures.{tile['code']}", float(tile["value"]))
            if len(past) > 1:
                self.board.graphs.append(self._mini(row + 3, at, past, tile["name"][self.lang]))

    def _past(self, name: str, now: float) -> list[float]:
        before = list(self.past[name]) if name in self.past else []
        return [*[v for v in before if v == v], now]

    def _against(self, tile: Mapping[str, Any]) -> str:
        """The figure's own remark and what it was a month before."""
        past = self._past(f"overview_figures.{tile['code']}", float(tile["value"]))
        said = tile["said"][self.lang]
        if len(past) < 2:
            return f"{said} · {Text('no month before', '尚无上月')[self.lang]}"
        step = past[-1] - past[-2]
        shown = f"{abs(step) * 100:.1f} pp" if "%" in tile["form"] else f"{abs(step):.1f}" if "." in tile["form"] else f"{abs(step):.0f}"
        if float(shown.split()[0]) == 0:
            return f"±0 · {said}"
        return f"{'▲' if step > 0 else '▼'} {shown} · {said}"

    def _mini(self, row: int, at: int, values: Sequence[float], name: str) -> Graph:
        over = self.scratch.column(list(values))
        low, high = min(values), max(values)
        room = (high - low) or abs(high) or 1.0
        series = (Series(name, over, over, "pale", form="area"), Series(name, over, over, "blue", form="line", width=1.25))
        said = f"{name}: {Text('by month', '各月')[self.lang]}"
        return Graph("area", series, row, at, UNIT * 9 - 16, 25, said, left=10, bare=True, legend=False,
                     least=low - room * 0.35 if low - room * 0.35 > 0 or low < 0 else 0.0, most=high + room * 0.08)  # fmt: skip

    def _section(self, row: int, column: int, across: int, title: Text, note: str = "") -> None:
        taken = min(across - 6, round(wide(note, 8) / UNIT + 1.6)) if note else 0
        for at in range(column + 1, column + across - taken):
            self.board.put(row, at, None, HEAD)
        self.board.put(row, column, title[self.lang], HEAD)
        if taken:
            self._put(row, column + across - taken, taken, note, replace(COLUMN, align="right"))

    def _nothing(self, row: int, column: int, id_: str, why: Text = NONE_YET) -> None:
        """In the place of a block: that it has no data, or failed."""
        found = self.blocks[id_]
        self.board.put(row + 2, column, (FAILED if found and found.failed else why)[self.lang], SMALL)

    def _chart(self, drawn: Graph, row: int, column: int, across: int, height: int) -> None:
        self.board.graphs.append(chart.placed(drawn, row, column, 0, across * UNIT, height))

    def _labels(self, values: Sequence[Any]) -> Area:
        return self.scratch.column([v[self.lang] if isinstance(v, Text) else v for v in values])

    def _budget(self, row: int, column: int) -> None:
        self._section(row, column, 19, Text("Budget and actual to date", "累计预算与实际"), Text("CNY 1,000", "千元")[self.lang])
        table = self.table("budget_departments")
        if table is None:
            return self._nothing(row, column, "budget_departments")
        data = table.data
        names = table.columns[table.place("department")].values
        actual, plan = (np.asarray(data[n], dtype=float) / 1000 for n in ("actual_ytd", "budget_ytd"))
        across = self.scratch.column([str(n).removesuffix(" *") for n in names])
        series = chart.actual_and_plan(Text("Actual", "实际")[self.lang], Text("Budget", "预算")[self.lang], across, self.scratch.column(list(actual)),
                                       self.scratch.column(list(plan)), actual, plan)  # fmt: skip
        most = float(np.nanmax([*actual, *plan])) * 1.28
        self._chart(Graph("bar", series, 0, 0, 0, 0, Text("Actual and budget to date by department", "各部门累计实际与预算")[self.lang], axis=False, least=0, most=most),
                    row + 1, column, 19, 6 + 36 * 5 + 18)  # fmt: skip
        return None

    def _value(self, row: int, column: int) -> None:
        table = self.table("project_curve")
        if table is None:
            self._section(row, column, 19, Text("Earned value", "挣值"))
            return self._nothing(row, column, "project_curve")
        whole = _carried(table.data, sorted(set(table.data["month"])))
        now = whole.loc[: f"{self.workings.today:%Y-%m}"].dropna().tail(1)
        note = ""
        if len(now):
            pv, ev, ac = now.iloc[0]
            note = f"SPI {ev / pv:.2f} · CPI {ev / ac:.2f}" if pv > 0 and ac > 0 else ""
        self._section(row, column, 19, Text("Earned value", "在建项目挣值"), note)
        across = self.scratch.column([month[2:] for month in whole.index])
        looks: tuple[tuple[str, Text, Colour, bool], ...] = (
            ("pv", Text("PV", "计划"), "muted", True), ("ev", Text("EV", "挣值"), "green", False), ("ac", Text("AC", "实际"), "red", False))  # fmt: skip
        series = [Series(said[self.lang], across, self.scratch.column(list(whole[name] / 1000)), colour, dashed=dashed) for name, said, colour, dashed in looks]
        self._chart(Graph("line", tuple(series), 0, 0, 0, 0, Text("Planned, earned and actual value by month, CNY 1,000",
                                                                  "各月计划价值、挣值与实际成本（千元）")[self.lang]),
                    row + 1, column, 19, 6 + 36 * 5 + 18)  # fmt: skip
        return None

    def _heat(self, row: int, column: int) -> None:
        table = self.table("risk_heat")
        if table is None:
            self._section(row, column, 19, Text("Risk heat map", "风险热力图"))
            return self._nothing(row, column, "risk_heat")
        cells = table.data[table.data["side"].str.startswith("Residual")]
        total = int(cells["count"].sum())
        self._section(row, column, 19, Text("Residual risks", "剩余风险热力图"), Text(f"{total} open", f"{total} 项未关闭")[self.lang])
        heat(self.board, cells, row + 2, column + 4, 3)
        for k in range(5):
            self._put(row + 2 + k, column, 4, f"{Text('Likelihood', '可能性')[self.lang]} {5 - k}", replace(SMALL, align="right"))
            self._put(row + 7, column + 4 + 3 * k, 3, f"{Text('Impact', '影响')[self.lang]} {k + 1}", replace(SMALL, align="center"))
        return None

    def _rows(self, row: int, column: int, heads: Sequence[tuple[Text, int, str]], lines: Sequence[Sequence[Any]], looks: Sequence[Look]) -> None:
        """A small table over grid columns: headers with their widths, lines, and the look of each column."""
        self.board.heights[row] = 20
        at = column
        for n, (said, across, align) in enumerate(heads):
            self._put(row, at, across, said[self.lang], replace(COLUMN, align=align))  # type: ignore[arg-type]
            for line, values in enumerate(lines, row + 1):
                self.board.heights[line] = 23
                value, look = values[n], replace(looks[n], align=align)  # type: ignore[arg-type]
                if isinstance(value, tuple):
                    value, colour = value
                    look = replace(look, colour=colour, bold=True)
                self._put(line, at, across, self._fitting(value, across * UNIT, look.size), look)
            at += across

    def _fitting(self, value: Any, pixels: float, size: float) -> Any:
        if not isinstance(value, str) or wide(value, size) <= pixels:
            return value
        while value and wide(value + "…", size) > pixels:
            value = value[:-1]
        return value + "…"

    def _projects(self, row: int, column: int) -> None:
        policy = self.workings.policy
        low, high = policy("evm.amber"), policy("evm.green")
        self._section(row, column, 29, Text("Projects under way", "在建项目"), f"● ≥{high:g}   ▲ {low:g}–{high:g}   ◆ <{low:g}")
        table = self.table("project_status")
        if table is None:
            return self._nothing(row, column, "project_status")
        data = table.data[table.data["status"].isin(["in_progress", "accept_pending", "suspended"])].head(LINES)
        done = (data["ev"] / data["bac"].where(data["bac"] > 0)).clip(0, 1)
        lines = [[name, owner, None if p != p else float(p), None if c != c else float(c), None if s != s else float(s), issues if issues == issues else None,
                  m or None, d]
                 for name, owner, p, c, s, issues, m, d in zip(data["name"], data["owner"], done, data["cpi"], data["spi"], data["issues"],
                 data["milestone"].fillna(""), [None if pd.isna(v) else pd.Timestamp(v).to_pydatetime() for v in data["due"]], strict=True)]  # fmt: skip
        heads = ((Text("Project", "项目"), 8, "left"), (Text("Owner", "负责人"), 3, "left"), (Text("Earned", "完成"), 3, "left"), (Text("CPI", "CPI"), 3, "right"),
                 (Text("SPI", "SPI"), 3, "right"), (Text("Issues", "问题"), 2, "right"), (Text("  Next milestone", "  下一里程碑"), 4, "left"), (Text("Due", "到期"),
                                                                                                                                                 3, "right"))  # fmt: skip
        plain = CELL
        self._rows(row + 1, column, heads, lines, (plain, plain, replace(plain, number_format="0%"), replace(plain, number_format="0.00"),
                   replace(plain, number_format="0.00"), replace(plain, number_format="0;-0;–"), replace(plain, indent=1), replace(plain,
                                                                                                                                   number_format="mm-dd")))  # fmt: skip
        last = row + 1 + len(lines)
        self.board.shades.append(Shade(self.board.area(row + 2, column + 11, last, column + 13), most=1.0, colour="pale"))
        for at in (column + 14, column + 17):
            cell = f"{letters(at + 1)}{row + 3}"
            for condition, glyph, colour in ((f"{cell}<{low}", "◆", "red"), (f"{cell}<{high}", "▲", "amber"), (f"{cell}>={high}", "●", "green")):
                self.board.shades.append(Shade(self.board.area(row + 2, at, last, at + 2), formula=f"AND(ISNUMBER({cell}),{condition})", colour=colour,  # type: ignore[arg-type]
                                               number_format=f'"{glyph} "0.00'))  # fmt: skip
        return None

    def _index(self, row: int, column: int, across: int) -> None:
        table = self.table("index_parts")
        self._section(row, column, across, Text("Centre index", "综合指数"))
        if table is None:
            return self._nothing(row, column, "index_parts")
        data = table.data
        scores = [float(v) for v in data["score"]]
        labels = tuple(f"{v:.0f}" if v == v else "–" for v in scores)
        names = self._labels(list(data["part"]))
        columns = Series(Text("Score", "得分")[self.lang], names, self.scratch.column(scores), "navy", labels=labels)
        title = Text("Five parts", "五项构成")[self.lang]
        self._chart(Graph("column", (columns,), 0, 0, 0, 0, Text("Score of the five parts", "五项得分")[self.lang], legend=False, least=0, most=120, axis=False,
                          title=title),
                    row + 1, column, across, 88)  # fmt: skip
        now = [f.data for f in [self.table("overview_figures")] if f is not None]
        value = float(now[0].set_index("code")["value"].get("centre_index", np.nan)) if now else float("nan")
        months, past = list(self.past.index), list(self.past.get("overview_figures.centre_index", []))
        if len(past) < 1 or value != value:
            self.board.put(row + 7, column, Text("The index by month is kept from this month on.", "综合指数自本月起逐月留存。")[self.lang], SMALL)
            return None
        months, past = [*months, f"{self.workings.today:%Y-%m}"], [*past, value]
        line = Series(Text("Index", "指数")[self.lang], self.scratch.column([m[2:] for m in months]), self.scratch.column(past), "blue",
                      labels=(*("" for _ in past[1:]), f"{value:.1f}"))  # fmt: skip
        least = np.floor(min(v for v in past if v == v) / 10) * 10 - 5
        self._chart(Graph("line", (line,), 0, 0, 0, 0, Text("Index by month", "各月指数")[self.lang], legend=False, least=float(least), title=Text("By month",
                                                                                                                                                   "各月")[self.lang]),
                    row + 5, column, across, 96)  # fmt: skip
        return None

    def _expenses(self, row: int, column: int, across: int) -> None:
        self._section(row, column, across, Text("Claims by month", "各月报销"), Text("CNY 1,000", "千元")[self.lang])
        table = self.table("expense_months")
        if table is None:
            return self._nothing(row, column, "expense_months")
        across_months = self.scratch.column([str(m)[2:] for m in table.data["month"]])
        series = [Series(c.header[self.lang], across_months, self.scratch.column([v / 1000 if isinstance(v, float) else None for v in c.values]), chart.PALETTE[n % 5])
                  for n, c in enumerate(c for c in table.columns if c.name not in ("month", "budget"))]  # fmt: skip
        budget = table.columns[table.place("budget")]
        series.append(Series(budget.header[self.lang], across_months, self.scratch.column([v / 1000 for v in budget.values]), "amber", form="line", dashed=True,
                             width=1.5))
        self._chart(Graph("stacked", tuple(series), 0, 0, 0, 0, table.block.title[self.lang]), row + 1, column, across, 200)
        return None

    def _systems(self, row: int, column: int, across: int) -> None:
        self._section(row, column, across, Text("Systems", "各系统情况"))
        table = self.table("overview_systems")
        if table is None:
            return self._nothing(row, column, "overview_systems")
        lines = [[c[self.lang], float(n), _loud(e, "red"), _loud(w, "amber"), _loud(o, "amber")]
                 for c, n, e, w, o in zip(*(table.data[k] for k in ("system", "records", "errors", "warnings", "overdue")), strict=True)]  # fmt: skip
        count = replace(CELL, number_format="#,##0;-#,##0;–")
        heads = ((Text("System", "系统"), 5, "left"), (Text("Records", "记录"), 3, "right"), (Text("Errors", "错误"), 2, "right"), (Text("Warn.", "警告"), 2, "right"),
                 (Text("Overdue", "逾期"), 3, "right"))  # fmt: skip
        self._rows(row + 1, column, heads, lines, (CELL, count, count, count, count))
        return None

    def _departments(self, row: int, column: int, across: int) -> None:
        self._section(row, column, across, Text("Department scores", "部门绩效"))
        table = self.table("department_scores")
        if table is None:
            return self._nothing(row, column, "department_scores")
        names = table.columns[table.place("department")].values
        lines = [[str(name).removesuffix(" Dept"), float(score), None if step != step else (float(step), "green" if step >= 0 else "red")]
                 for name, score, step in zip(names, table.data["score"], table.data["change"], strict=True)][:10]  # fmt: skip
        heads = ((Text("Department", "部门"), 8, "left"), (Text("Score", "得分"), 3, "left"), (Text("Change", "较上期"), 3, "right"))
        self._rows(row + 1, column, heads, lines, (CELL, replace(CELL, number_format="0.0"), replace(CELL, number_format='"▲ "0.0;"▼ "0.0;"="')))
        self.board.shades.append(Shade(self.board.area(row + 2, column + 8, row + 1 + len(lines), column + 10), most=120.0, colour="pale"))
        return None

    def _pending(self, row: int, column: int, across: int) -> None:
        limit = self.workings.policy("org.pending_days")
        self._section(row, column, across, Text("Waiting for", "待办审批"), Text(f"> {limit:.0f} days", f"> {limit:.0f} 天")[self.lang])
        table = self.table("overview_pending")
        if table is None:
            return self._nothing(row, column, "overview_pending", Text("Nothing waits.", "没有待办。"))
        data = table.data.head(10)
        lines = [[who[self.lang], float(n), _loud(late, "red"), None if d != d else float(d)] for who, n, late, d in zip(*(data[k] for k in ("who", "count", "late",
                                                                                                                                             "oldest")), strict=True)]
        count = replace(CELL, number_format="0;-0;–")
        heads = ((Text("Who", "待办人"), 7, "left"), (Text("Items", "件"), 2, "right"), (Text("Late", "超期"), 2, "right"), (Text("Days", "天"), 2, "right"))
        self._rows(row + 1, column, heads, lines, (CELL, count, count, count))
        return None

    def _findings(self, row: int, column: int, across: int) -> None:
        found = ranked(self.workings, (f for f in self.findings if f.row and not f.waived))[: LINES // 2 + 1]
        self._section(row, column, across, Text("First to put right", "首要问题"), Text("select to go there", "点击跳转")[self.lang])
        if not found:
            self.board.put(row + 2, column, Text("Nothing was found.", "未发现问题。")[self.lang], SMALL)
            return
        tones: dict[Severity, Colour] = {Severity.ERROR: "red", Severity.WARNING: "amber", Severity.NOTE: "blue"}
        heads = ((Text("Rule", "规则"), 4, "left"), (Text("What", "问题"), 8, "left"), (Text("Where", "位置"), 2, "right"))
        self._rows(row + 1, column, heads, [], ())
        for line, f in enumerate(found):  # two lines each
            at = row + 2 + 2 * line
            said = self._fitting(f.message[self.lang], 3 * (8 * UNIT - 14), CELL.size)
            rule = f"{GLYPH[f.severity]} {f.rule}", replace(CELL, colour=tones[f.severity], bold=True)
            for place, wide_, (value, look) in ((0, 4, rule), (4, 8, (said, replace(CELL, wrap=True, size=8))),
                                                (12, 2, (self._jump(f), replace(CELL, colour="blue", align="right")))):  # fmt: skip
                self.board.put(at, column + place, value, look, wide_, 2)
            self.board.heights |= {at: 23, at + 1: 23}

    def _jump(self, f: Finding) -> Jump:
        tab = next(tab for tab in self.workings.book.parts if tab.place == f.tab)
        return Jump(f.cell, f.sheet, f.column_no - 1, f.row - 1, tab.column_no(tab.sheet.id) - 1, f.record)


def _carried(data: pd.DataFrame, months: Sequence[str]) -> pd.DataFrame:
    """The sum over projects by month, each project's last value carried on where its own months end before those of others."""
    parts = []
    known = set(data.loc[data["ev"].notna(), "month"])
    for _, rows in data.groupby("project", sort=False):
        whole = rows.set_index("month")[["pv", "ev", "ac"]].reindex(months)
        whole["pv"] = whole["pv"].ffill()
        past = whole.index.isin(known)
        whole.loc[past, ["ev", "ac"]] = whole.loc[past, ["ev", "ac"]].ffill()
        parts.append(whole)
    total = pd.concat(parts).groupby(level=0).sum(min_count=1)
    return total.reindex(months)


def _loud(count: float, colour: Colour) -> Any:
    return (float(count), colour) if count else 0.0


def board(blocks: Blocks, findings: Findings, scratch: chart.Scratch, page: Summary) -> Board:
    """The dashboard of a workbook."""
    return Dashboard(blocks, findings, scratch, page).draw()
