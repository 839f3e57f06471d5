// node populate.js TEMPLATE ROWS.json OUT.xlsx
const fs = require("fs"), X = require("xlsx-populate");
const [template, rows, out] = process.argv.slice(2);
function put(cell, said) {
  if (typeof said !== "object") return cell.value(said);
  const [[kind, of]] = Object.entries(said);
  if (kind === "d" || kind === "dt") {
    const [year, month, day, hour, minute] = of.split(/[-T:]/).map(Number);
    return cell.value(new Date(year, month - 1, day, hour || 0, minute || 0));
  }
  if (kind === "e") return cell.formula("NA()");
  if (kind === "rich") return cell.value(new X.RichText().add(of[0], { bold: true }).add(of[1]));
  return cell.value(kind === "ph" ? of[0] : of);
}
(async () => {
  const book = await X.fromFileAsync(template);
  for (const [tab, sheet] of Object.entries(JSON.parse(fs.readFileSync(rows))))
    sheet.rows.forEach((row, i) => sheet.cols.forEach((header, j) => {
      if (header in row) put(book.sheet(tab).row(6 + i).cell(j + 1), row[header]);
    }));
  await book.toFileAsync(out);
})().catch((fault) => { console.error(fault.stack); process.exit(1); });
