Attribute VB_Name = "OpsBookReplacements"
' What opsbook puts in the place of xlwings' own functions of the same names when it builds the add-in (opsbook addin build).
' xlwings asks a sheet or a file beside the workbook which program to run, adds the workbook's folder to Python's path, and hands
' the names of files to a shell. A workbook may come from anybody: here only the settings file in the user's own folder is asked,
' and no path of a workbook is handed over.

Option Explicit

Public Function RunPython(PythonCommand As String)
    Dim interpreter As String
    If ActiveWorkbook Is Nothing Then
        OpsTell "Open a workbook first.", "8BF7514862535F004E004E2A5DE54F5C7C3F3002"
        Exit Function
    End If
    #If Mac Then
        interpreter = GetConfig("INTERPRETER_MAC", "")
    #Else
        interpreter = GetConfig("INTERPRETER_WIN", "")
    #End If
    If interpreter = "" Then
        OpsTell "No Python is named in " & GetConfigFilePath() & ". In a terminal run: opsbook addin install", _
            "8BBE7F6E65874EF6672A6307660E00200050007900740068006F006EFF0C8BF75728547D4EE4884C8FD0884CFF1A006F007000730062006F006F006B00200061006400640069006E00200069006E007300740061006C006C"
        Exit Function
    End If
    #If Mac Then
        ExecuteMac PythonCommand, interpreter
    #Else
        If Not FileExists(interpreter) Then
            OpsTell "Python is not at " & interpreter & ". In a terminal run: opsbook addin install", _
                "627E4E0D523000200050007900740068006F006EFF0C8BF75728547D4EE4884C8FD0884CFF1A006F007000730062006F006F006B00200061006400640069006E00200069006E007300740061006C006C"
            Exit Function
        End If
        RunPython = ExecuteWindows(False, PythonCommand, interpreter, "false;;;;;")
    #End If
End Function

Sub ExecuteMac(PythonCommand As String, PYTHON_MAC As String, Optional PYTHONPATH As String)
    #If Mac Then
    Dim LogFile As String, Answer As String
    LogFile = Environ("HOME") & "/xlwings.log"
    On Error Resume Next
        Kill LogFile
    On Error GoTo NotInstalled
        Answer = AppleScriptTask("opsbook.applescript", "VbaHandler", PYTHON_MAC & vbLf & PythonCommand & vbLf & ActiveWorkbook.Name _
            & vbLf & Left(Application.Path, Len(Application.Path) - 4) & vbLf & LogFile)
    On Error GoTo 0
    If Answer <> "" Then OpsTell Answer, "627E4E0D523000200050007900740068006F006EFF0C8BF75728547D4EE4884C8FD0884CFF1A006F007000730062006F006F006B00200061006400640069006E00200069006E007300740061006C006C"
    Exit Sub
NotInstalled:
    OpsTell "The script behind the buttons is not there. In a terminal run: opsbook addin install", _
        "672A5B8988C5630994AE624097007684811A672CFF0C8BF75728547D4EE4884C8FD0884CFF1A006F007000730062006F006F006B00200061006400640069006E00200069006E007300740061006C006C"
    #End If
End Sub

Function GetConfig(configKey As String, Optional default As String = "", Optional source As String = "") As Variant
    Dim configValue As String
    GetConfig = default
    If FileExists(GetConfigFilePath()) Then
        If GetConfigFromFile(GetConfigFilePath(), configKey, configValue) Then GetConfig = configValue
    End If
    GetConfig = ExpandEnvironmentStrings(GetConfig)
End Function

Sub OpsTell(english As String, chinese As String)
    ' A module holds letters of one code page only: the Chinese sentence comes as the numbers of its characters.
    Dim i As Long, said As String
    For i = 1 To Len(chinese) Step 4
        said = said & ChrW(CLng("&H" & Mid$(chinese, i, 4)))
    Next i
    MsgBox english & vbCrLf & said, vbExclamation, "OpsBook"
End Sub
