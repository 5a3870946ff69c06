"""What finds the faults of a request: functions that raise an error of a row of `rookery.rules`.

`prompt.CHECKS` and `output.CHECKS` are the two lists, in the order in which faults are answered.
"""
