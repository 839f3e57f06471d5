// node exceljs.js TEMPLATE ROWS.json OUT.xlsx
const fs = require("fs"), { Workbook } = require("exceljs");
const [template, rows, out] = process.argv.slice(2);
const days = { d: "T00:00:00Z", dt: "Z" };
function value(cell) {
  if (typeof cell !== "object") return cell;
  const [[kind, said]] = Object.entries(cell);
  if (kind in days) return new Date(said + days[kind]);
  if (kind === "e") return { formula: "NA()", result: { error: said } };
  if (kind === "rich") return { richText: [{ font: { bold: true }, text: said[0] }, { text: said[1] }] };
  return kind === "ph" ? said[0] : said;
}
(async () => {
  const book = new Workbook();
  await book.xlsx.readFile(template);
  for (const [tab, sheet] of Object.entries(JSON.parse(fs.readFileSync(rows))))
    sheet.rows.forEach((row, i) => sheet.cols.forEach((header, j) => {
      if (header in row) book.getWorksheet(tab).getRow(6 + i).getCell(j + 1).value = value(row[header]);
    }));
  await book.xlsx.writeFile(out);
})().catch((fault) => { console.error(fault.stack); process.exit(1); });
