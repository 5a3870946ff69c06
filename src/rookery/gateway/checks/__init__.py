"""What finds the faults of a request: functions that raise an error of a row of `rookery.rules`.

`prompt.CHECKS` are those of every request, `output.CHECKS` and `counting.CHECKS` come after them
for messages and for token counts; each list is in the order in which faults are answered.
"""
