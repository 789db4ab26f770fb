"""Files that come with a remark on a plan: cleaned copies (docs/trust.md U-01 to U-08)."""

from efficiency.files.kept import KeptFiles
from targets.models import PlanFile

files = KeptFiles(PlanFile, folder="plans", name="plan")
