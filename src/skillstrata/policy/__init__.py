"""What may be called: the capability tree, the layers of rules, consents and the audit log.

ToolCall + CapabilityTree + Policy --decide--> Decision --(ask)--> Grant
"""
