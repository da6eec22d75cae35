r"""Stage 4, runtime: sources in, one registry of skills out, and what a model is shown of it.

    files --parse--> SkillText --resolve--> Registry --catalog--> listing within a budget
                                      \--route--> candidates      \--activate--> body with its arguments

May import records and ports, nothing else of ours (contract "strata").
"""
