-- Behind the buttons in Excel for Mac: starts Python, every word quoted. Excel hands over, a line each: the Python, the command,
-- the name of the workbook, Excel, the log.
on VbaHandler(ParameterString)
	set AppleScript's text item delimiters to linefeed
	set {PythonInterpreter, PythonCommand, WorkbookName, ApplicationFullName, LogFile} to text items of ParameterString
	set AppleScript's text item delimiters to ""
	set ShellCommand to quoted form of PythonInterpreter & " -P -B -u -W ignore -c " & quoted form of PythonCommand
	set ShellCommand to ShellCommand & " " & quoted form of ("--wb=" & WorkbookName) & " --from_xl=1 " & quoted form of ("--app=" & ApplicationFullName)
	set ShellCommand to ShellCommand & " > /dev/null 2> " & quoted form of LogFile & " &"
	try
		do shell script ShellCommand
		return ""
	on error errMsg
		return errMsg
	end try
end VbaHandler
