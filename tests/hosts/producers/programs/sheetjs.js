// node sheetjs.js TEMPLATE ROWS.json OUT TYPE
const fs = require("fs"), X = require("xlsx");
const [template, rows, out, type] = process.argv.slice(2);
function made(cell) {
  if (typeof cell === "number") return { t: "n", v: cell };
  if (typeof cell === "string") return { t: "s", v: cell };
  const [[kind, said]] = Object.entries(cell);
  if (kind === "d" || kind === "dt") {
    const [year, month, day, hour, minute] = said.split(/[-T:]/).map(Number);
    return { t: "d", v: new Date(year, month - 1, day, hour || 0, minute || 0) };
  }
  if (kind === "e") return { t: "e", v: 42, f: "NA()" };
  if (kind === "b" || kind === "n") return { t: kind, v: said };
  return { t: "s", v: kind === "rich" ? said.join("") : said[0] };
}
const book = X.readFile(template, { cellStyles: true, cellNF: true, cellDates: false });
for (const [tab, sheet] of Object.entries(JSON.parse(fs.readFileSync(rows)))) {
  const there = book.Sheets[tab];
  sheet.rows.forEach((row, i) => sheet.cols.forEach((header, j) => {
    if (header in row) there[X.utils.encode_cell({ r: 5 + i, c: j })] = made(row[header]);
  }));
  there["!ref"] = X.utils.encode_range({ s: { r: 0, c: 0 }, e: { r: 4 + sheet.rows.length, c: sheet.cols.length - 1 } });
}
X.writeFile(book, out, { bookType: type, cellStyles: true });
