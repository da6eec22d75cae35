from skillstrata.surfaces.python_api import SkillRuntime as SkillRuntime

__version__: str
