"""Files of cases: attached, looked at by the scanner, handed out; what is done to any file is ``efficiency.files``."""
