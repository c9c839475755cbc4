# Stage 1 of the row FitNets: whole maps. Train the backbone only.
feature_term = {'type': 'FitNets', 'teacher': 'wsd'}
