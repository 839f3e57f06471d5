Attribute VB_Name = "OpsBook"
' The buttons of opsbook. Each Sub below does what its button does, and can be put on a key or a shape;
' the callbacks of the ribbon at the end only call them. RunPython is xlwings' in Excel, our own in LibreOffice.
Option Explicit

Public Const OpsBookVersion As String = "0.0.0"

Public Sub OpsValidate()
    RunPython "import opsbook.click; opsbook.click.press('validate')"
End Sub

Public Sub OpsRefresh()
    RunPython "import opsbook.click; opsbook.click.press('refresh')"
End Sub

Public Sub OpsNextFinding()
    RunPython "import opsbook.click; opsbook.click.press('next_finding')"
End Sub

Public Sub OpsClear()
    RunPython "import opsbook.click; opsbook.click.press('clear')"
End Sub

Public Sub OpsUndo()
    RunPython "import opsbook.click; opsbook.click.press('undo')"
End Sub

Public Sub OpsNewRows()
    RunPython "import opsbook.click; opsbook.click.press('new_rows')"
End Sub

Public Sub OpsTaskLetter()
    RunPython "import opsbook.click; opsbook.click.press('task_letter')"
End Sub

Public Sub OpsAcceptanceReport()
    RunPython "import opsbook.click; opsbook.click.press('acceptance_report')"
End Sub

Public Sub OpsPolicy()
    RunPython "import opsbook.click; opsbook.click.press('policy')"
End Sub

Public Sub OpsChangeFrom()
    RunPython "import opsbook.click; opsbook.click.press('change_from')"
End Sub

Public Sub OpsHelp()
    RunPython "import opsbook.click; opsbook.click.press('guide')"
End Sub

Public Sub OpsExplain()
    RunPython "import opsbook.click; opsbook.click.press('explain')"
End Sub

' ------------------------------------------------------------------ callbacks of ribbon.xml

Public Sub OnOpsValidate(control As IRibbonControl)
    OpsValidate
End Sub

Public Sub OnOpsRefresh(control As IRibbonControl)
    OpsRefresh
End Sub

Public Sub OnOpsNextFinding(control As IRibbonControl)
    OpsNextFinding
End Sub

Public Sub OnOpsClear(control As IRibbonControl)
    OpsClear
End Sub

Public Sub OnOpsUndo(control As IRibbonControl)
    OpsUndo
End Sub

Public Sub OnOpsNewRows(control As IRibbonControl)
    OpsNewRows
End Sub

Public Sub OnOpsTaskLetter(control As IRibbonControl)
    OpsTaskLetter
End Sub

Public Sub OnOpsAcceptanceReport(control As IRibbonControl)
    OpsAcceptanceReport
End Sub

Public Sub OnOpsPolicy(control As IRibbonControl)
    OpsPolicy
End Sub

Public Sub OnOpsChangeFrom(control As IRibbonControl)
    OpsChangeFrom
End Sub

Public Sub OnOpsHelp(control As IRibbonControl)
    OpsHelp
End Sub

Public Sub OnOpsExplain(control As IRibbonControl)
    OpsExplain
End Sub
