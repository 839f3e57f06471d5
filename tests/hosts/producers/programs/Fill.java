// java Fill TEMPLATE CELLS.tsv OUT.xlsx
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.poi.ss.usermodel.CellStyle;
import org.apache.poi.xssf.usermodel.*;

public class Fill {
    public static void main(String[] given) throws Exception {
        XSSFWorkbook book = new XSSFWorkbook(new FileInputStream(given[0]));
        for (String line : Files.readAllLines(Paths.get(given[1]), StandardCharsets.UTF_8)) {
            String[] said = line.split("\t", -1);
            XSSFSheet sheet = book.getSheet(said[0]);
            int row = Integer.parseInt(said[1]) - 1, column = Integer.parseInt(said[2]) - 1;
            XSSFRow at = sheet.getRow(row) == null ? sheet.createRow(row) : sheet.getRow(row);
            XSSFCell cell = at.getCell(column) == null ? at.createCell(column) : at.getCell(column);
            CellStyle style = sheet.getColumnStyle(column);
            if (style != null) cell.setCellStyle(style);
            switch (said[3]) {
                case "n": cell.setCellValue(Double.parseDouble(said[4])); break;
                case "b": cell.setCellValue(said[4].equals("True")); break;
                case "e": cell.setCellFormula("NA()"); break;
                case "d":
                    int[] part = Arrays.stream(said[4].split("[-T:]")).mapToInt(Integer::parseInt).toArray();
                    boolean moment = part.length > 3;
                    cell.setCellValue(new GregorianCalendar(part[0], part[1] - 1, part[2], moment ? part[3] : 0, moment ? part[4] : 0).getTime());
                    break;
                default: cell.setCellValue(said[4].replace("\\n", "\n"));
            }
        }
        try (OutputStream out = new FileOutputStream(given[2])) { book.write(out); }
    }
}
